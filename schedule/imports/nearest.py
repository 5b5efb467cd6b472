"""The nearest name that a school has to one that a file would make: probably the same, and mistyped.

`difflib`, of Python itself: names are short, and only those whose numbers are the same are compared, so that there
are few of them. Nothing would be gained by a package that compares thousands faster.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches

from edu_platform.lib.pinyin import name_pinyin
from schedule.lessons.named import folded

# What a name shares with another one that was meant: 年级班 and 年级斑 have two of three characters each.
ALIKE_FROM = 0.66
CHINESE_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
NUMBERS = re.compile(r"\d+|十")


class NearestNames:
    """Knows the names of one kind, and finds the one that is nearest to a new one.

    Numbers tell class groups apart, 一年级1班 and 一年级2班: names with other numbers are other names.
    """

    def __init__(self, names: Iterable[str]) -> None:
        # By their numbers: the letters of each name, and what it is called.
        self._names: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
        for name in names:
            numbers, letters = _parts_of(name)
            self._names[numbers].setdefault(letters, name)

    def nearest(self, name: str) -> str:
        """Return it as the school writes it; empty where no name is near."""
        numbers, letters = _parts_of(name)
        known = self._names.get(numbers, {})
        if letters in known:
            return known[letters]
        found = get_close_matches(letters, known, n=1, cutoff=ALIKE_FROM) if letters else ()
        if found:
            return known[found[0]]
        sound = name_pinyin(letters) if letters else ""
        # 语文 and 语闻 share one of two characters, as 语文 and 英文 do; but they sound the same.
        alike = (each for each in known if sound and name_pinyin(each) == sound)
        return known[first] if (first := next(alike, None)) is not None else ""


def _parts_of(name: str) -> tuple[tuple[str, ...], str]:
    """Split a name into its numbers, whoever writes them, and its letters."""
    text = re.sub(r"[^\w]", "", folded(name).translate(CHINESE_DIGITS))
    return tuple(NUMBERS.findall(text)), NUMBERS.sub("", text)
