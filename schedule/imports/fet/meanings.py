"""Meanings of a file's names here: weekdays, hours, people and class groups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from accounts.models import User
from schedule.enums import FetNameKind
from schedule.imports.fet.day_names import DaysNotGiven, known_weekdays, weekdays_of
from schedule.imports.fet.directory import Directory
from schedule.imports.fet.fet_rows import FetFile
from schedule.imports.fet.hours import Hour, hour_of_bell, hours_of
from schedule.models import BellTime, ClassGroup, FetName

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class State(StrEnum):
    KNOWN = "known"
    # It is made.
    NEW = "new"
    LEFT_OUT = "left_out"
    # Somebody has to say it: nothing here has this name, or several have.
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Meaning(Generic[T_co]):
    """The meaning of one name. `found`: the value of a known name; the candidates of an open one."""

    state: State
    found: tuple[T_co, ...] = ()

    @property
    def value(self) -> T_co | None:
        return self.found[0] if self.state is State.KNOWN else None


def among(found: Sequence[T]) -> Meaning[T]:
    """Return what a name means that may be any of these."""
    return Meaning(State.KNOWN if len(found) == 1 else State.OPEN, tuple(found))


@dataclass(frozen=True, slots=True)
class Meanings:
    """By the names as the file writes them, in its order."""

    days: dict[str, Meaning[int]]
    hours: dict[str, Meaning[Hour]]
    teachers: dict[str, Meaning[User]]
    students: dict[str, Meaning[ClassGroup]]

    def of_kind(self, kind: FetNameKind) -> Mapping[str, Meaning[object]]:
        found: dict[FetNameKind, Mapping[str, Meaning[object]]] = {
            FetNameKind.DAY: self.days,
            FetNameKind.HOUR: self.hours,
            FetNameKind.TEACHER: self.teachers,
            FetNameKind.STUDENTS: self.students,
        }
        return found[kind]


def find_meanings(
    file: FetFile,
    bells: Sequence[BellTime],
    directory: Directory,
    *,
    language: str,
    given_days: Mapping[str, int] | None = None,
    uses_memory: bool = True,
) -> Meanings:
    """Find what the names mean: as it was confirmed before, else as they say; one query.

    Days that do not fit into a week are open.
    """
    remembered = _remembered() if uses_memory else defaultdict[str, dict[str, FetName]](dict)
    return Meanings(
        days=_days(file.days, remembered[FetNameKind.DAY], language, given_days or {}),
        hours=_hours(file.hours, remembered[FetNameKind.HOUR], bells),
        teachers=_teachers(file.teachers, remembered[FetNameKind.TEACHER], directory),
        students=_students(file.students, remembered[FetNameKind.STUDENTS], directory),
    )


Remembered = Mapping[str, FetName]


def _remembered() -> dict[str, dict[str, FetName]]:
    found: dict[str, dict[str, FetName]] = defaultdict(dict)
    for row in FetName.objects.all():
        found[row.kind][row.name] = row
    return found


def _confirmed(row: FetName | None, value: T | None) -> Meaning[T] | None:
    """Return what a row says; nothing where what it stood for cannot be used any more."""
    if row is None:
        return None
    if row.is_left_out:
        return Meaning(State.LEFT_OUT)
    return None if value is None else Meaning(State.KNOWN, (value,))


def _days(
    names: Sequence[str], remembered: Remembered, language: str, given: Mapping[str, int]
) -> dict[str, Meaning[int]]:
    found = {name: Meaning(State.KNOWN, (day,)) for name, day in given.items() if name in names}
    for name in names:
        row = remembered.get(name)
        confirmed = _confirmed(row, row.weekday if row else None)
        if name not in found and confirmed is not None:
            found[name] = confirmed
    settled = {name: each.found[0] for name, each in found.items() if each.found}
    rest = [name for name in names if name not in found]
    try:
        by_name = weekdays_of([*settled, *rest], language=language, given=settled)
    except DaysNotGiven:
        by_name = known_weekdays(rest, language=language)
    return {
        name: found.get(name) or among([by_name[name]] if name in by_name else []) for name in names
    }


def _hours(
    names: Sequence[str], remembered: Remembered, bells: Sequence[BellTime]
) -> dict[str, Meaning[Hour]]:
    by_number = {bell.number: hour_of_bell(bell) for bell in bells}
    by_name = hours_of(names, bells)
    found: dict[str, Meaning[Hour]] = {}
    for name in names:
        row = remembered.get(name)
        confirmed = _confirmed(row, _hour_of(row, by_number) if row else None)
        own = by_name.get(name)
        found[name] = confirmed or among([own] if own else [])
    return found


def _hour_of(row: FetName, by_number: Mapping[int, Hour]) -> Hour | None:
    if row.bell is not None:
        return by_number.get(row.bell)
    return Hour(row.starts, row.ends) if row.starts and row.ends else None


def _teachers(
    names: Sequence[str], remembered: Remembered, directory: Directory
) -> dict[str, Meaning[User]]:
    known = {user.pk: user for user in directory.teachers.values()}
    said = {name: (row, known.get(row.user_id or 0)) for name, row in remembered.items()}
    return _named(names, said, directory.teachers_called)


def _students(
    names: Sequence[str], remembered: Remembered, directory: Directory
) -> dict[str, Meaning[ClassGroup]]:
    known = {group.pk: group for group in directory.groups.values()}
    said = {name: (row, known.get(row.class_group_id or 0)) for name, row in remembered.items()}
    return _named(names, said, directory.groups_called)


def _named(
    names: Sequence[str],
    said: Mapping[str, tuple[FetName, T | None]],
    called: Callable[[str], Sequence[T]],
) -> dict[str, Meaning[T]]:
    """Return what a planner said of each name, else all who are called so."""
    return {
        name: _confirmed(*said.get(name, (None, None))) or among(called(name)) for name in names
    }
