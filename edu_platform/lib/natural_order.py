"""The order of names as people know it: numbers by their value, Chinese by its pinyin, the same in every database.

A name's key is compared byte by byte; `natural_keys` keeps it in a column beside the name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from edu_platform.lib.pinyin import HAN, read_chinese, read_person

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0}
UNITS = {"十": 10, "百": 100}
# A number in digits, the one numeral of a grade (初一, 高三), or a number in Chinese.
NUMBER = re.compile(
    r"[0-9]+|(?<=[初高])[一二三]|[零〇一二三四五六七八九十][零〇一二三四五六七八九十百]*"
)
DIGITS_ALONE = re.compile(r"[0-9]+")

# What comes first, in the order of these bytes.
NUMBERS, LETTERS, CHINESE, OTHERS = b"\x10", b"\x20", b"\x30", b"\x40"


def natural_key(name: str) -> bytes:
    """Return the key of a name of a class group, a course or a grade: 二年级10班 comes after 二年级9班."""
    return _key(name, NUMBER, read_chinese)


def person_key(name: str) -> bytes:
    """Return the key of a person's name: its characters are read as a name, and 一 is no number in it."""
    return _key(name, DIGITS_ALONE, read_person)


def sorted_names(names: Iterable[str]) -> list[str]:
    """Sort names of class groups, courses or grades. Of rows that were read, their keys are: see `natural_keys`."""
    return _sorted(names, natural_key)


def sorted_people(names: Iterable[str]) -> list[str]:
    """Sort people's names."""
    return _sorted(names, person_key)


def _sorted(names: Iterable[str], key: Callable[[str], bytes]) -> list[str]:
    names = list(names)
    # One stands in its place: most lists have one, and then no pinyin is needed.
    return names if len(names) < 2 else sorted(names, key=lambda name: (key(name), name))


@lru_cache(maxsize=4096)
def _key(name: str, number: re.Pattern[str], read: Callable[[str], Sequence[str]]) -> bytes:
    text = unicodedata.normalize("NFKC", name).casefold()
    parts: list[bytes] = []
    last = 0
    for match in number.finditer(text):
        parts += [_text_key(text[last : match.start()], read), _number_key(match[0])]
        last = match.end()
    return b"".join([*parts, _text_key(text[last:], read)])


def _number_key(text: str) -> bytes:
    """Return a key by value: longer numbers are larger."""
    digits = str(number_of(text)).encode()
    return NUMBERS + bytes([min(len(digits), 255)]) + digits


def _text_key(text: str, read: Callable[[str], Sequence[str]]) -> bytes:
    readings = iter(read("".join(HAN.findall(text))))
    return b"".join(_char_key(char, next(readings) if HAN.match(char) else "") for char in text)


def _char_key(char: str, reading: str) -> bytes:
    if reading:
        # Characters that are read alike stay together.
        return CHINESE + reading.encode() + b"\x00" + char.encode()
    category = unicodedata.category(char)
    if category[0] in "ZPC":
        return b""  # spaces, signs and brackets: 初一(2)班 stands where 初一2班 does
    return (LETTERS if category[0] in "LMN" else OTHERS) + char.encode()


def number_of(text: str) -> int:
    """Return the value of digits, or of a number in Chinese: 二十三, or digit by digit 二〇二四."""
    if text.isascii():
        return int(text)
    if not any(char in UNITS for char in text):
        return int("".join(str(DIGITS[char]) for char in text))
    value = digit = 0
    for char in text:
        if char in UNITS:
            value += (digit or (0 if value else 1)) * UNITS[char]
            digit = 0
        else:
            digit = DIGITS[char]
    return value + digit
