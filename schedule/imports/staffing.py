"""Finds the teachers and assistants that the rows of a file name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.utils.translation import gettext

from accounts.models import User
from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.imports.lookups import people_by_username
from schedule.lessons.may_teach import CannotTeach, cannot_teach

Wish = TypeVar("Wish")


@dataclass(frozen=True, slots=True)
class ReadRow(Generic[Wish]):
    """The people whom a row names, and what it asks for: nothing when it is at fault by itself.

    People are looked up for every row, so that all that is wrong with one is told together.
    """

    line: int
    teacher: str
    assistants: tuple[str, ...] | None  # None: the file has no such column
    wish: Wish | None


@dataclass(frozen=True, slots=True)
class Staffed(Generic[Wish]):
    """A wish whose people were found. `assistants` is None when the file says nothing of them."""

    wish: Wish
    teacher: User
    assistants: tuple[User, ...] | None


def find_people(rows: Sequence[ReadRow[Wish]], faults: list[SheetFault]) -> list[Staffed[Wish]]:
    """The wishes whose people may teach; what is wrong with people goes to `faults`."""
    usernames = (name for row in rows for name in (row.teacher, *(row.assistants or ())))
    finder = _TeacherFinder(people_by_username(usernames), faults)
    staffed: list[Staffed[Wish]] = []
    for row in rows:
        teachers = finder.find(filter(None, (row.teacher,)), row.line, "teacher")
        assistants = finder.find(row.assistants or (), row.line, "assistants")
        if row.wish is not None and teachers and assistants is not None:
            has_column = row.assistants is not None
            staffed.append(Staffed(row.wish, teachers[0], assistants if has_column else None))
    return staffed


class _TeacherFinder:
    def __init__(self, known: dict[str, User], faults: list[SheetFault]) -> None:
        self.known = known
        self.faults = faults

    def find(self, names: Iterable[str], line: int, column: str) -> tuple[User, ...] | None:
        """The people of these usernames, or None when one of them may not teach."""
        reasons: list[str] = []
        found: list[User] = []
        for name in names:
            user = self.known.get(name)
            if user is not None and cannot_teach(user) is None:
                found.append(user)
            else:
                reasons.append(_why_not(user, name))
        self.faults.extend(SheetFault(line, column, reason) for reason in reasons)
        return None if reasons else tuple(found)


def _why_not(user: User | None, name: str) -> str:
    """Say why this username names nobody who may teach."""
    if user is None:
        return gettext("nobody has the username %(name)s") % {"name": name}
    if cannot_teach(user) is CannotTeach.INACTIVE:
        return gettext("%(name)s is not active any more") % {"name": name}
    return gettext("%(name)s does not have the role teacher") % {"name": name}
