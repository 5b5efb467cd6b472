"""The pinyin of names: of people, whose surnames are read as surnames, and of whatever else a school names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
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
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# People type 吕 as lv, as lu, or as passports write it.
WAYS_TO_WRITE_U = ("v", "u", "yu")


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


def person_pinyin(name: str) -> str:
    """Return the ways in which people type somebody's name without a Chinese keyboard, each in a line.

    For 单晓吕: as a surname and as the character is read elsewhere, whole and by first letters.
    """
    return _typed(name, (read_person, read_chinese))


def name_pinyin(name: str) -> str:
    """Return the same for the name of a class group or a course, in which digits stay."""
    return _typed(name, (read_chinese,))


def typed_name(text: str) -> str:
    """Return what somebody typed as `person_pinyin` and `name_pinyin` write it: Li Jing-yi becomes lijingyi."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in text if char.isalnum())


@lru_cache(maxsize=4096)
def _typed(name: str, readers: Sequence[Callable[[str], Sequence[str]]]) -> str:
    text = typed_name(name)
    chinese = "".join(HAN.findall(text))
    if not chinese:
        return text
    lines: dict[str, None] = {}
    for read in readers:
        syllables = [re.sub(r"\d", "", syllable) for syllable in read(chinese)]
        for u in WAYS_TO_WRITE_U:
            written = [syllable.replace("v", u) for syllable in syllables]
            lines[_filled_in(text, written)] = None
        lines[_filled_in(text, [syllable[:1] for syllable in syllables])] = None
    return "\n".join(lines)


def _filled_in(text: str, readings: Sequence[str]) -> str:
    left = iter(readings)
    return "".join(next(left) if HAN.match(char) else char for char in text)
