"""The nearest name that a school has to one that is new to it: probably the same, and mistyped.

`difflib`, of Python itself: names are short, and only those whose numbers are the same are compared, so that there
are few of them. Nothing would be gained by a package that compares thousands faster.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property

from django.db.models import QuerySet
from django.utils.translation import gettext

from accounts.models import User
from edu_platform.lib.formatting import followed_by
from edu_platform.lib.pinyin import HAN, name_pinyin, person_pinyin, typed_name
from schedule.lessons.named import NotMeant, class_group_choices, folded

# What a name shares with another one that was meant: 年级班 and 年级斑 have two of three characters each.
ALIKE_FROM = 0.66
# Shorter names in Latin letters differ by one letter all the time: Li Na, Li Wa.
SLIP_FROM = 5
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
        names = self._names.get(numbers, {})
        if letters in names:
            return names[letters]
        if not letters:
            return ""
        if close := get_close_matches(letters, names, n=1, cutoff=ALIKE_FROM):
            return names[close[0]]
        # 语文 and 语闻 share one of two characters, as 语文 and 英文 do; but they sound the same.
        sound = _sound_of(letters)
        alike = (text for text in names if sound and _sound_of(text) == sound)
        return names[first] if (first := next(alike, None)) is not None else ""


def _parts_of(name: str) -> tuple[tuple[str, ...], str]:
    """Split a name into its numbers, whoever writes them, and its letters."""
    text = re.sub(r"[^\w]", "", folded(name).translate(CHINESE_DIGITS))
    return tuple(NUMBERS.findall(text)), NUMBERS.sub("", text)


def _sound_of(letters: str) -> str:
    """Return the pinyin of a name, whole; who has no Chinese keyboard types it so."""
    return name_pinyin(letters).partition("\n")[0]


class NearestPeople:
    """Finds among people who is called nearly so, by username or name; reads them once, and only when asked."""

    def __init__(self, people: QuerySet[User, User]) -> None:
        self._people = people

    @cached_property
    def _shown(self) -> dict[str, str]:
        """By each name: the person as a page names them, or the name alone where several are called so."""
        shown: dict[str, str] = {}
        for username, name in self._people.order_by("pk").values_list("username", "display_name"):
            shown[name] = name if name in shown else f"{name} ({username})"
            shown[username] = f"{name} ({username})"
        return shown

    @cached_property
    def _names(self) -> NearestNames:
        return NearestNames(self._shown)

    def nearest(self, text: str) -> str:
        """Return the person as a page names them; empty where nobody is called nearly so."""
        return self._shown.get(self._names.nearest(text), "")


class AlmostNamesakes:
    """Knows how people are called, and finds whose name a new one would be but for a slip of the keyboard.

    That is one letter of a name in Latin ones; of a Chinese name characters that sound alike: 王晓明 for 王小明. Names
    of three characters that share two are a school's daily bread, and no slip.
    """

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """Take names with their pinyin; of several that are alike the first one is found."""
        self._by_sound: dict[str, str] = {}
        self._by_slip: dict[str, str] = {}
        for name, pinyin in names:
            self._by_sound.setdefault(_first_line(pinyin), name)
            for slip in _slips(name):
                self._by_slip.setdefault(slip, name)

    def nearest(self, name: str) -> str:
        """Return the name of who is called almost so; empty where nobody is."""
        sound = _first_line(person_pinyin(name))
        if not sound:
            return ""
        if (alike := self._by_sound.get(sound)) is not None:
            return alike
        return next((self._by_slip[slip] for slip in _slips(name) if slip in self._by_slip), "")


def _first_line(pinyin: str) -> str:
    return pinyin.partition("\n")[0]


def _slips(name: str) -> Iterator[str]:
    """Yield what a name in Latin letters shares with all that differ from it by one: each letter masked, or a gap."""
    letters = typed_name(name)
    if HAN.search(letters) or len(letters) < SLIP_FROM:
        return
    for place, letter in enumerate(letters):
        if not letter.isdigit():  # numbers tell people apart
            yield f"{letters[:place]}?{letters[place + 1 :]}"
    for place in range(len(letters) + 1):
        yield f"{letters[:place]}?{letters[place:]}"


# --- Said as faults of forms ----------------------------------------------------------------------


def with_question(said: str, nearest: str) -> str:
    """Return what is said of an unknown name, and ask whether the nearest one was meant, if there is one."""
    if not nearest:
        return said
    return followed_by(said, gettext("Did you mean %(name)s?") % {"name": nearest})


def class_groups_missing_in_words(names: Iterable[str]) -> list[str]:
    """Say of each name that no class group has it, and which one was probably meant."""
    nearest = NearestNames(class_group_choices())
    said = gettext("There is no class group with the name %(name)s.")
    return [with_question(said % {"name": name}, nearest.nearest(name)) for name in names]


def not_meant_in_words(err: NotMeant, people: NearestPeople) -> str:
    """Say that a text means nobody, and who was probably meant, or that it means several."""
    return with_question(err.words(), "" if err.candidates else people.nearest(err.text))
