"""The order of names as people know it: numbers by their value, Chinese by its pinyin, the same in every database.

A name's key is compared byte by byte; `natural_keys` keeps it in a column beside the name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

# A surname is read differently from the same character elsewhere; others are read as they usually are.
SURNAMES = {
    "单": "shan4",
    "曾": "zeng1",
    "仇": "qiu2",
    "解": "xie4",
    "查": "zha1",
    "区": "ou1",
    "朴": "piao2",
    "盖": "ge3",
    "任": "ren2",
    "华": "hua4",
    "翟": "zhai2",
    "乐": "yue4",
    "缪": "miao4",
    "折": "she2",
    "种": "chong2",
    "重": "chong2",
    "繁": "po2",
    "秘": "bi4",
    "洗": "xian3",
    "燕": "yan1",
    "过": "guo1",
    "那": "na1",
    "覃": "qin2",
    "卜": "bu3",
    "召": "shao4",
    "祭": "zhai4",
    "员": "yun4",
    "隗": "wei3",
    "纪": "ji3",
    "葛": "ge3",
    "都": "du1",
    "六": "lu4",
    "薄": "bo2",
    "乜": "nie4",
    "阚": "kan4",
    "哈": "ha3",
    "干": "gan1",
    "郇": "xun2",
    "相": "xiang4",
    "於": "yu1",
    "角": "jue2",
    "句": "gou1",
    "撒": "sa4",
    "舍": "she4",
}
# These have two characters; pypinyin reads all others of that length right.
LONG_SURNAMES = {"乐正": ("yue4", "zheng4")}
# Where a surname of two characters begins as one of the above, only the whole tells how it is read.
KNOWN_LONG_SURNAMES = ("单于", "万俟", "尉迟", "长孙", "令狐", "澹台", *LONG_SURNAMES)

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0}
UNITS = {"十": 10, "百": 100}
# A number in digits, the one numeral of a grade (初一, 高三), or a number in Chinese.
NUMBER = re.compile(
    r"[0-9]+|(?<=[初高])[一二三]|[零〇一二三四五六七八九十][零〇一二三四五六七八九十百]*"
)
DIGITS_ALONE = re.compile(r"[0-9]+")
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")

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
    """By value: longer numbers are larger."""
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


def read_chinese(text: str) -> Sequence[str]:
    """Return the pinyin of each character, with the number of its tone."""
    if not text:
        return ()
    # Its tables take a tenth of a second to load, and 20 MB: only who writes names needs them.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    # Characters that it does not know come out as they are, several as one: so each by itself then.
    readings = lazy_pinyin(text, style=Style.TONE3)
    if len(readings) == len(text):
        return readings
    return [lazy_pinyin(char, style=Style.TONE3)[0] for char in text]


def read_person(name: str) -> Sequence[str]:
    """Return the pinyin of each character of a person's name, whose surname is read as one."""
    if name.startswith(KNOWN_LONG_SURNAMES):
        surname, given = name[:2], name[2:]
        return [*(LONG_SURNAMES.get(surname) or read_chinese(surname)), *read_chinese(given)]
    if name[:1] in SURNAMES:
        return [SURNAMES[name[0]], *read_chinese(name[1:])]
    return read_chinese(name)
