"""Meanings of a file's names here: weekdays, hours, people, class groups; confirmed ones are remembered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from django.db import transaction

from accounts.models import User
from edu_platform.lib.batches import in_batches
from schedule.enums import FetNameKind
from schedule.imports.fet.clock_times import Hour, hour_of_bell, hours_of, says_itself
from schedule.imports.fet.day_names import DaysNotGiven, known_weekdays, weekdays_of
from schedule.imports.fet.fet_rows import FetFile
from schedule.lessons.may_teach import who_may_teach
from schedule.lessons.named import PeopleByName, folded
from schedule.models import BellTime, ClassGroup, FetName
from schedule.terms.weekly_lessons.gate import hours_fault

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


def among(candidates: Sequence[T]) -> Meaning[T]:
    """Return what a name means that may be any of these."""
    return Meaning(State.KNOWN if len(candidates) == 1 else State.OPEN, tuple(candidates))


@dataclass(frozen=True, slots=True)
class Meanings:
    """By the names as the file writes them, in its order."""

    days: dict[str, Meaning[int]]
    hours: dict[str, Meaning[Hour]]
    teachers: dict[str, Meaning[User]]
    students: dict[str, Meaning[ClassGroup]]

    def of_kind(self, kind: FetNameKind) -> Mapping[str, Meaning[object]]:
        meanings_by_kind: dict[FetNameKind, Mapping[str, Meaning[object]]] = {
            FetNameKind.DAY: self.days,
            FetNameKind.HOUR: self.hours,
            FetNameKind.TEACHER: self.teachers,
            FetNameKind.STUDENTS: self.students,
        }
        return meanings_by_kind[kind]


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
    rows_by_kind: dict[str, dict[str, FetName]] = defaultdict(dict)
    for row in FetName.objects.all():
        rows_by_kind[row.kind][row.name] = row
    return rows_by_kind


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
    meaning_by_name = {
        name: Meaning(State.KNOWN, (day,)) for name, day in given.items() if name in names
    }
    for name in names:
        row = remembered.get(name)
        confirmed = _confirmed(row, row.weekday if row else None)
        if name not in meaning_by_name and confirmed is not None:
            meaning_by_name[name] = confirmed
    settled = {name: meaning.found[0] for name, meaning in meaning_by_name.items() if meaning.found}
    rest = [name for name in names if name not in meaning_by_name]
    try:
        by_name = weekdays_of([*settled, *rest], language=language, given=settled)
    except DaysNotGiven:
        by_name = known_weekdays(rest, language=language)
    return {
        name: meaning_by_name.get(name) or among([by_name[name]] if name in by_name else [])
        for name in names
    }


def _hours(
    names: Sequence[str], remembered: Remembered, bells: Sequence[BellTime]
) -> dict[str, Meaning[Hour]]:
    by_number = {bell.number: hour_of_bell(bell) for bell in bells}
    by_name = hours_of(names, bells)
    meaning_by_name: dict[str, Meaning[Hour]] = {}
    for name in names:
        row = remembered.get(name)
        confirmed = _confirmed(row, _hour_of(row, by_number) if row else None)
        own = by_name.get(name)
        is_sound = own is not None and not hours_fault(own.starts, own.ends)
        meaning_by_name[name] = confirmed or among([own] if own is not None and is_sound else [])
    return meaning_by_name


def _hour_of(row: FetName, by_number: Mapping[int, Hour]) -> Hour | None:
    if row.bell is not None:
        return by_number.get(row.bell)
    return Hour(row.starts, row.ends) if row.starts and row.ends else None


def _teachers(
    names: Sequence[str], remembered: Remembered, directory: Directory
) -> dict[str, Meaning[User]]:
    user_by_key = {user.pk: user for user in directory.teachers.values()}
    answers = {name: (row, user_by_key.get(row.user_id or 0)) for name, row in remembered.items()}
    return _named(names, answers, directory.teachers_called)


def _students(
    names: Sequence[str], remembered: Remembered, directory: Directory
) -> dict[str, Meaning[ClassGroup]]:
    group_by_key = {group.pk: group for group in directory.groups.values()}
    answers = {
        name: (row, group_by_key.get(row.class_group_id or 0)) for name, row in remembered.items()
    }
    return _named(names, answers, directory.groups_called)


def _named(
    names: Sequence[str],
    answers: Mapping[str, tuple[FetName, T | None]],
    called: Callable[[str], Sequence[T]],
) -> dict[str, Meaning[T]]:
    """Return what a planner said of each name, else all who are called so."""
    return {
        name: _confirmed(*answers.get(name, (None, None))) or among(called(name)) for name in names
    }


@dataclass(frozen=True, slots=True)
class Directory:
    """Active teachers by username, and active class groups by name."""

    teachers: dict[str, User]
    groups: dict[str, ClassGroup]
    _people: PeopleByName
    _teachers_by_name: dict[str, list[User]]
    _groups_by_name: dict[str, list[ClassGroup]]

    @classmethod
    def read(cls) -> Directory:
        """As it is now; two queries."""
        teachers = list(who_may_teach().order_by("name_key", "username"))
        groups = list(ClassGroup.objects.active().order_by("name_key", "pk"))
        return cls(
            {user.username: user for user in teachers},
            {group.name: group for group in groups},
            PeopleByName(teachers, role=None),
            _by_name(teachers, lambda user: (user.display_name,)),
            _by_name(groups, lambda group: (group.name,)),
        )

    def teachers_called(self, name: str) -> Sequence[User]:
        """Return who has this username, else all whose display name it is but for case and width, since FET writes names."""
        by_name = self._teachers_by_name.get(folded(name), ())
        return self._people.with_username(name) or by_name

    def groups_called(self, name: str) -> Sequence[ClassGroup]:
        """The one of exactly this name, else all whose name it is but for case and width."""
        if name in self.groups:
            return (self.groups[name],)
        return self._groups_by_name.get(folded(name), ())


def _by_name(objects: Iterable[T], names_of: Callable[[T], Iterable[str]]) -> dict[str, list[T]]:
    owners_by_name: dict[str, list[T]] = defaultdict(list)
    for owner in objects:
        for name in {folded(name) for name in names_of(owner)}:
            owners_by_name[name].append(owner)
    return dict(owners_by_name)


def remember(meanings: Meanings, own: Meanings, *, language: str) -> None:
    """Keep what names mean; `own` is what they mean when nothing is remembered.

    A name that says it itself is not kept: next year another class group may have it.
    """
    by_language = known_weekdays(list(meanings.days), language=language)
    unsaid: dict[FetNameKind, Set[str]] = {
        FetNameKind.DAY: meanings.days.keys() - by_language.keys(),
        FetNameKind.HOUR: {name for name in meanings.hours if not says_itself(name)},
    }
    for kind in FetNameKind:
        by_name = meanings.of_kind(kind)
        own_by_name = own.of_kind(kind)
        rows = [
            _row(kind, name, meaning)
            for name, meaning in by_name.items()
            if name in unsaid.get(kind, ()) or meaning != own_by_name[name]
        ]
        replace_fet_names(kind, by_name, rows)


def _row(kind: FetNameKind, name: str, meaning: Meaning[object]) -> FetName:
    row = FetName(kind=kind, name=name)
    value = None if meaning.state is State.LEFT_OUT else meaning.found[0]
    if isinstance(value, Hour):
        row.bell = value.bell
        row.starts, row.ends = (None, None) if value.bell else (value.starts, value.ends)
    elif isinstance(value, int):
        row.weekday = value
    elif isinstance(value, User):
        row.user = value
    elif isinstance(value, ClassGroup):
        row.class_group = value
    return row


@transaction.atomic
def replace_fet_names(kind: FetNameKind, names: Iterable[str], rows: Collection[FetName]) -> None:
    """Keep these rows in place of all that was known of the names."""
    for batch in in_batches(names):
        FetName.objects.filter(kind=kind, name__in=batch).delete()
    FetName.objects.bulk_create(rows)
