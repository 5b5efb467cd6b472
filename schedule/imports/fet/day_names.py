"""The weekdays of the days of a file, by their names in any language."""

from __future__ import annotations

import pickle
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path

from babel.localedata import locale_identifiers, resolve_locale_filename

from schedule.week_grid import DAYS_A_WEEK

# A single letter may be any day of many languages, and the name of something else.
WIDTHS = ("wide", "abbreviated", "short")
# Shorter names are days only in a language that knows most of the file's days: "A2" is one somewhere.
TELLING_CHARS = 3
# Which Chinese says too, beside what Babel knows.
ALSO_CHINESE = {
    **{f"礼拜{char}": day for day, char in enumerate("一二三四五六日", start=1)},
    **dict.fromkeys(("星期天", "礼拜天", "周天"), DAYS_A_WEEK),
}
NAME_OF_DAY = re.compile(r"(.+?)=([1-7])(?:,|$)")


class DaysNotGiven(Exception):
    """There are more days than a week has, and nobody says which weekdays these are."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(", ".join(names))
        self.names = names


def read_given_days(text: str) -> dict[str, int]:
    """Weekdays that somebody gives, as in `Day A=1,Day B=2`; 1 is Monday.

    Raises:
        ValueError: the text is not of this form.
    """
    day_by_name = {match[1].strip(): int(match[2]) for match in NAME_OF_DAY.finditer(text)}
    if not day_by_name or NAME_OF_DAY.sub("", text).strip():
        raise ValueError(text)
    return day_by_name


def weekdays_of(
    names: Sequence[str], *, language: str, given: Mapping[str, int] | None = None
) -> dict[str, int]:
    """The weekday of each of a file's days, 1 for Monday.

    Those that are neither given nor known to any language follow in their order from Monday on.

    Raises:
        DaysNotGiven: they do not fit into a week.
    """
    day_by_name = {name: day for name, day in (given or {}).items() if name in names}
    rest = [name for name in names if name not in day_by_name]
    day_by_name |= known_weekdays(rest, language=language)
    rest = [name for name in rest if name not in day_by_name]
    free = [day for day in range(1, DAYS_A_WEEK + 1) if day not in day_by_name.values()]
    if len(rest) > len(free):
        raise DaysNotGiven(rest)
    return day_by_name | dict(zip(rest, free, strict=False))


def known_weekdays(names: Collection[str], *, language: str) -> dict[str, int]:
    """The weekdays that names say by themselves; in the language that knows the most of them.

    Of several such languages the school's goes first, then English.
    """
    left = {name: _folded(name) for name in names}
    day_by_name: dict[str, int] = {}
    first = {_language_of(language): 0, "en": 1}
    in_order = sorted(_day_names(), key=lambda code: (first.get(code, 2), code))
    while left:
        telling_days = max(
            (_known_in(_day_names()[code], left, len(names)) for code in in_order), key=len
        )
        if not telling_days:
            break
        day_by_name |= telling_days
        left = {name: folded for name, folded in left.items() if name not in telling_days}
    return day_by_name


def _known_in(days: Mapping[str, int], left: Mapping[str, str], count: int) -> dict[str, int]:
    day_by_name = {name: days[folded] for name, folded in left.items() if folded in days}
    if 2 * len(day_by_name) > count:
        return day_by_name
    return {name: day for name, day in day_by_name.items() if len(left[name]) >= TELLING_CHARS}


@cache
def _day_names() -> dict[str, dict[str, int]]:
    """The weekday of each name, in each language that Babel knows, regions and scripts together.

    Babel keeps all of a language that it was once asked for, in all 150 MB; only the days are wanted.
    """
    days_by_language: dict[str, dict[str, set[int]]] = {}
    for identifier in locale_identifiers():
        names = days_by_language.setdefault(_language_of(identifier), {})
        for name, weekday in _own_day_names(identifier):
            names.setdefault(_folded(name), set()).add(weekday)
    days_by_language["zh"].update({name: {day} for name, day in ALSO_CHINESE.items()})
    return {
        language: {name: min(days) for name, days in names.items() if len(days) == 1}
        for language, names in days_by_language.items()
    }


def _own_day_names(identifier: str) -> list[tuple[str, int]]:
    with Path(resolve_locale_filename(identifier)).open("rb") as file:
        data = pickle.load(file)  # noqa: S301 -- a file of the package
    named_days: list[tuple[str, int]] = []
    for widths in data.get("days", {}).values():
        for width in WIDTHS:
            names = widths.get(width) if isinstance(widths, dict) else None
            if isinstance(names, dict):
                named_days += [(name, day + 1) for day, name in names.items()]
    return named_days


def _language_of(identifier: str) -> str:
    return re.split(r"[-_]", identifier)[0].lower()


def _folded(name: str) -> str:
    """The name without case, accents, dots and blanks, which schools leave out."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in plain if char.isalnum() or _is_vowel_sign(char))


def _is_vowel_sign(char: str) -> bool:
    """Tell whether it is a mark without which the word is another one, as in Hindi; no accent."""
    return unicodedata.category(char) in {"Mn", "Mc"} and not unicodedata.combining(char)
