"""Spellings of courses and class groups: names that differ in case or width only are one."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext

from schedule.lessons.moments import NotReadable
from schedule.models import ClassGroup, Course


def folded(name: str) -> str:
    """Return a name without what people vary: case, width and blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def first_spellings(names: Iterable[str]) -> dict[str, str]:
    """Return, by name, the first of these names that differs from it in case and width at most."""
    first: dict[str, str] = {}
    return {name: first.setdefault(folded(name), name) for name in names}


class Spellings:
    """The names that the school has, and those new ones that a file has written so far."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._alike: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self._names):
            self._alike[folded(name)].append(name)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def of(self, name: str) -> str:
        """Return the name as it is written in the school, or was before in the file.

        Raises:
            NotReadable: several names of the school differ from it in case and width only.
        """
        if name in self._names:
            return name
        alike = self._alike[folded(name)] or [name]
        if len(alike) > 1:
            values = {"name": name, "found": ", ".join(alike)}
            raise NotReadable(gettext("%(name)s may be any of these: %(found)s") % values)
        self._alike[folded(name)] = alike
        return alike[0]


def course_spellings() -> Spellings:
    return Spellings(Course.objects.values_list("name", flat=True))


def class_group_spellings() -> Spellings:
    return Spellings(ClassGroup.objects.active().values_list("name", flat=True))
