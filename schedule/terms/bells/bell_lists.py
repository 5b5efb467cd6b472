"""The lists of bell times of a term: which of them holds for class groups on a day, and which two cannot both be.

The term's own bell times are the first list, the default, which holds where no other does. A list with dates goes
before one with weekdays, that before one with class groups or grades. A list that gives several of these holds where
all of them do, and ranks by the first that it has, then by the next.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations
from typing import Any, Protocol

from django.db.models import OuterRef, QuerySet, Subquery

from edu_platform.lib.aggregates import cells_in, lines_of
from edu_platform.lib.statements import Statement
from schedule.models import BellList, BellListClassGroup, BellListTime, BellTime, Term
from schedule.terms.bells.bell_times import NO_BELLS, Bells, BellSpan
from schedule.terms.weekly_lessons.gate import WeeklyHours
from schedule.week_grid import DAY

# A class group as its lists ask for it: its key and its grade.
Member = tuple[int, str]
EVERYBODY: tuple[Member, ...] = ()


class InGrade(Protocol):
    """A class group, or a row of one."""

    @property
    def pk(self) -> int: ...
    @property
    def grade(self) -> str: ...


def members_of(class_groups: Iterable[InGrade]) -> list[Member]:
    """Return class groups as lists ask for them."""
    return [(group.pk, group.grade) for group in class_groups]


class NoSuchPeriod(Exception):
    """The list that holds has no period of this number."""

    def __init__(self, number: int, list_name: str) -> None:
        super().__init__(f"{list_name}: {number}")
        self.number, self.list_name = number, list_name


@dataclass(frozen=True, slots=True)
class ListedBells:
    """A list of a term beside the default: its bells, and for whom and when they hold. What is empty limits nothing."""

    # The older of two lists has the smaller key.
    key: int
    name: str
    bells: Bells = field(compare=False)
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    weekdays: frozenset[int] = frozenset()
    grades: frozenset[str] = frozenset()
    class_group_ids: frozenset[int] = frozenset()
    # It holds for class groups alone, though all that it named may be gone.
    is_for_class_groups: bool = False

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Return what it has of dates, weekdays and class groups; one that has none of these never holds."""
        return self.first_day is not None, bool(self.weekdays), self._names_class_groups

    @property
    def _names_class_groups(self) -> bool:
        return bool(self.is_for_class_groups or self.grades or self.class_group_ids)

    def is_on(self, day: dt.date) -> bool:
        first, last = self.first_day or day, self.last_day or day
        return first <= day <= last and (not self.weekdays or day.isoweekday() in self.weekdays)

    def is_for(self, members: Iterable[Member]) -> bool:
        """Tell whether it holds for any of these class groups."""
        if not self._names_class_groups:
            return True
        return any(pk in self.class_group_ids or grade in self.grades for pk, grade in members)


class BellLists:
    """All lists of a term. Which one holds is worked out once for a class group and day."""

    def __init__(self, default: Bells = NO_BELLS, lists: Iterable[ListedBells] = ()) -> None:
        self.default = default
        ranked = (listed for listed in lists if any(listed.rank))
        # The older goes before another one of its rank.
        self.lists: tuple[ListedBells, ...] = tuple(
            sorted(ranked, key=lambda listed: ([not has for has in listed.rank], listed.key))
        )
        self._holding: dict[tuple[Member, dt.date], Bells] = {}
        self._of_party: dict[tuple[frozenset[Member], dt.date], Bells | None] = {}

    @property
    def are_several(self) -> bool:
        return bool(self.lists)

    def holding(
        self, class_group_ids: Collection[int], grades: Collection[str], day: dt.date
    ) -> Bells:
        """Return the bells that hold on a day for a class group of one of these keys, or of one of these grades."""
        members = [*((pk, "") for pk in class_group_ids), *((0, grade) for grade in grades)]
        return self._first_of(members, day)

    def for_lesson(self, class_groups: Iterable[InGrade], day: dt.date) -> Bells | None:
        """Return the bells that hold on a day for a lesson of these class groups; None where theirs differ."""
        if not self.lists:
            return self.default
        return self.for_members(members_of(class_groups), day)

    def for_members(self, members: Collection[Member], day: dt.date) -> Bells | None:
        """Return the same for class groups of these keys and grades."""
        if not self.lists:
            return self.default
        key = frozenset(members), day
        if key not in self._of_party:
            self._of_party[key] = self._for_party(key[0], day)
        return self._of_party[key]

    def shown_for(self, members: Collection[Member], day: dt.date) -> Bells:
        """Return the bells by which pages say the periods of a lesson: the default where its class groups differ."""
        return self.for_members(members, day) or self.default

    def on_all(self, members: Collection[Member], days: Iterable[dt.date]) -> Bells:
        """Return the bells that hold for class groups on all of these days; the default where these differ."""
        if not self.lists:
            return self.default
        held = [self.for_members(members, day) for day in days]
        are_one = len({bells and bells.spans for bells in held}) == 1
        return held[0] if are_one and held[0] is not None else self.default

    def on(self, day: dt.date) -> list[Bells]:
        """Return all bells that may hold for somebody on a day, the default first."""
        return [self.default, *(listed.bells for listed in self.lists if listed.is_on(day))]

    def hours_of(
        self, hours: WeeklyHours, class_groups: Iterable[InGrade], day: dt.date
    ) -> BellSpan:
        """Return from when to when a weekly lesson is held on a day.

        One by periods, or whose times are those of periods of the default, takes the times of these periods in the
        list that holds for its class groups. Where these have different lists, and of any other, it keeps its own.

        Raises:
            NoSuchPeriod: the list has no such period.
        """
        own = BellSpan(hours.starts, hours.ends)
        numbers = numbers_of(hours, self.default) if self.lists else None
        if numbers is None:
            return own
        bells = self.for_lesson(class_groups, day)
        if bells is None or bells is self.default:
            return own
        for number in numbers:
            if number > len(bells.spans):
                raise NoSuchPeriod(number, self._name_of(bells))
        first, last = numbers
        return BellSpan(bells.spans[first - 1].starts, bells.spans[last - 1].ends)

    def differ_for(
        self, hours: WeeklyHours, class_groups: Collection[InGrade], days: Iterable[dt.date]
    ) -> bool:
        """Tell whether a weekly lesson by periods keeps its own times on any of these days, as its class groups differ."""
        if not self.lists or numbers_of(hours, self.default) is None:
            return False
        return any(self.for_lesson(class_groups, day) is None for day in days)

    def _for_party(self, members: Collection[Member], day: dt.date) -> Bells | None:
        bells = [self._of_member(member, day) for member in members]
        first = bells[0] if bells else self._first_of(EVERYBODY, day)
        return first if all(other.spans == first.spans for other in bells) else None

    def _of_member(self, member: Member, day: dt.date) -> Bells:
        key = member, day
        if key not in self._holding:
            self._holding[key] = self._first_of([member], day)
        return self._holding[key]

    def _first_of(self, members: Sequence[Member], day: dt.date) -> Bells:
        holding = (
            listed.bells for listed in self.lists if listed.is_on(day) and listed.is_for(members)
        )
        return next(holding, self.default)

    def _name_of(self, bells: Bells) -> str:
        return next((listed.name for listed in self.lists if listed.bells is bells), "")


# Those of a day outside of terms, and of a term without bell times.
NO_LISTS = BellLists()


def numbers_of(hours: WeeklyHours, default: Bells) -> tuple[int, int] | None:
    """Return the periods that a weekly lesson is planned by, or whose times it has; None where it has none."""
    if hours.first_bell is not None and hours.last_bell is not None:
        return hours.first_bell, hours.last_bell
    first, last = default.number_at(hours.starts), default.number_ending(hours.ends)
    return None if first is None or last is None else (first, last)


# --- Faults ---------------------------------------------------------------------------------------


class ListFault(StrEnum):
    """Says what is wrong with one list by itself."""

    ALWAYS = "always"
    NEVER = "never"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class ListScope:
    """Holds where lists of bell times matter: on the days of their term, and for the class groups in use, with their grades."""

    first_day: dt.date
    last_day: dt.date
    grades: Mapping[int, str]

    @property
    def days(self) -> Iterator[dt.date]:
        for number in range((self.last_day - self.first_day).days + 1):
            yield self.first_day + number * DAY


def fault_of(listed: ListedBells, scope: ListScope) -> ListFault | None:
    """Return why a list would hold always, never or for nobody."""
    if not any(listed.rank):
        return ListFault.ALWAYS
    if not any(map(listed.is_on, scope.days)):
        return ListFault.NEVER
    return None if listed.is_for(scope.grades.items()) else ListFault.NOBODY


def faults(
    lists: Iterable[ListedBells], scope: ListScope
) -> Iterator[tuple[ListedBells, ListedBells]]:
    """Yield two lists of one rank that would both hold for somebody on some day; of the two the older one does."""
    in_order = sorted(lists, key=lambda listed: listed.key)
    for older, newer in combinations(in_order, 2):
        if older.rank == newer.rank and _meet(older, newer, scope):
            yield older, newer


def _meet(older: ListedBells, newer: ListedBells, scope: ListScope) -> bool:
    if not any(older.is_on(day) and newer.is_on(day) for day in scope.days):
        return False
    _dates, _weekdays, names_class_groups = older.rank
    if not names_class_groups or older.grades & newer.grades:
        return True
    pks = older.class_group_ids | newer.class_group_ids
    members = ((pk, scope.grades.get(pk, "")) for pk in pks)
    return any(older.is_for([member]) and newer.is_for([member]) for member in members)


# --- Reading --------------------------------------------------------------------------------------

ListCells = tuple[str | None, str | None, str | None]
# Annotations of a statement on terms, for `lists_in`.
LIST_CELLS = ("bell_list_rows", "bell_list_times", "bell_list_groups")


def list_cells() -> dict[str, Subquery]:
    """Return what a statement on terms reads the lists of its term by."""
    of_term, of_list = {"term": OuterRef("pk")}, {"bell_list__term": OuterRef("pk")}
    conditions = ("first_day", "last_day", "weekdays", "grades", "is_for_class_groups")
    texts = (
        lines_of(BellList.objects.filter(**of_term), "pk", "name", *conditions, of="term"),
        lines_of(
            BellListTime.objects.filter(**of_list),
            *("bell_list", "number", "starts", "ends"),
            of="bell_list__term",
        ),
        lines_of(
            BellListClassGroup.objects.filter(**of_list),
            *("bell_list", "classgroup"),
            of="bell_list__term",
        ),
    )
    return dict(zip(LIST_CELLS, texts, strict=True))


def lists_in(cells: ListCells) -> list[ListedBells]:
    """Return the lists of such texts."""
    rows, times, groups = map(cells_in, cells)
    if not rows:
        return []
    spans: dict[int, list[BellSpan]] = {}
    for key, _number, starts, ends in times:
        spans.setdefault(key, []).append(span_of(starts, ends))
    group_ids: dict[int, set[int]] = {}
    for key, group in groups:
        group_ids.setdefault(key, set()).add(group)
    return [
        ListedBells(
            key=key,
            name=name,
            bells=Bells(spans.get(key, ())),
            first_day=first and dt.date.fromisoformat(first),
            last_day=last and dt.date.fromisoformat(last),
            weekdays=frozenset(_values(weekdays)),
            grades=frozenset(_values(grades)),
            class_group_ids=frozenset(group_ids.get(key, ())),
            is_for_class_groups=bool(is_for_class_groups),
        )
        for key, name, first, last, weekdays, grades, is_for_class_groups in rows
    ]


def span_of(starts: str, ends: str) -> BellSpan:
    return BellSpan(dt.time.fromisoformat(starts), dt.time.fromisoformat(ends))


def _values(cell: Any) -> list[Any]:
    """Return a list of JSON, which SQLite has as a text."""
    return list(json.loads(cell) if isinstance(cell, str) else cell)


def bells_in(cells: str | None) -> Bells:
    """Return the default of a text of numbers and times."""
    return Bells([span_of(starts, ends) for _number, starts, ends in cells_in(cells)])


def bell_cells() -> Subquery:
    """Return what a statement on terms reads the default of its term by."""
    own = BellTime.objects.filter(term=OuterRef("pk"))
    return lines_of(own, "number", "starts", "ends", of="term")


_TermLists = tuple[str | None, str | None, str | None, str | None]


def _of_term(term_id: int) -> QuerySet[Term, _TermLists]:
    terms = Term.objects.filter(pk=term_id).annotate(bells=bell_cells(), **list_cells())
    return terms.values_list("bells", *LIST_CELLS)


_OF_TERM: Statement[_TermLists] = Statement(_of_term)


def bell_lists_of(term: Term) -> BellLists:
    """Return the lists of a term; one query."""
    row = _OF_TERM.first(term_id=term.pk)
    if row is None:
        return BellLists()
    bells, *cells = row
    return BellLists(bells_in(bells), lists_in((cells[0], cells[1], cells[2])))
