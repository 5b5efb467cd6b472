"""The days off of a term beside the holidays of its calendar: half days, and days off for some class groups.

Whole days off of the whole school are holidays of the calendar (`terms.days.calendar`), and go before these. Of these, one
of the whole school goes before one of class groups, and an older one before a newer. A lesson is off where all of its
class groups are; where only some of them are, it is held without them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import npgettext

from edu_platform.lib.aggregates import Hexadecimal, cells_in, lines_of
from edu_platform.lib.formatting import listed
from edu_platform.lib.statements import Statement
from schedule.models import PartDayOff, PartDayOffClassGroup, Term
from schedule.terms.bells.bell_lists import EVERYBODY, BellLists, Member
from schedule.terms.bells.bell_times import Bells, BellSpan

# So many class groups of a part are named; more are counted.
NAMED_AT_MOST = 3
NO_CLASS_GROUPS: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PartOff:
    """A part of the school's days off: on which days, in which periods, and for whom."""

    # The older of two has the smaller key.
    key: int
    name: str
    first_day: dt.date
    last_day: dt.date
    # Off from this period on, or until this one, both included; without either, the whole day.
    from_bell: int | None = None
    until_bell: int | None = None
    # The names of its class groups by key, in their order.
    class_groups: Mapping[int, str] = field(default=NO_CLASS_GROUPS, hash=False)
    # It holds for class groups alone, though all that it named may be gone.
    is_for_class_groups: bool = False

    @property
    def takes_whole_days(self) -> bool:
        return self.from_bell is None and self.until_bell is None

    @property
    def group_names(self) -> str:
        """Return the first of its class groups by their names, and how many more there are."""
        names = list(self.class_groups.values())
        named, more = listed(names[:NAMED_AT_MOST]), len(names[NAMED_AT_MOST:])
        if not more:
            return named
        words = npgettext(
            "class groups",
            "%(names)s and %(count)s more",
            "%(names)s and %(count)s more",
            more,
        )
        return words % {"names": named, "count": more}

    @property
    def label(self) -> str:
        """Return how it is called; without a name by its class groups."""
        return self.name or self.group_names

    def is_on(self, day: dt.date) -> bool:
        return self.first_day <= day <= self.last_day

    def is_for(self, class_group_id: int | None) -> bool:
        """Tell whether it holds for this class group; None: for whom belongs to none."""
        return not self.is_for_class_groups or class_group_id in self.class_groups

    def covers(self, hours: BellSpan | None, bells: Bells) -> bool:
        """Tell whether a lesson meets it, on one of its days; without hours, whether it takes the whole day.

        A period that these bells have not lies after their last one.
        """
        if self.takes_whole_days:
            return True
        if hours is None or not bells.spans:
            return False
        return (self.from_bell is None or hours.ends > _start_of(self.from_bell, bells)) and (
            self.until_bell is None or hours.starts < _end_of(self.until_bell, bells)
        )


def _start_of(number: int, bells: Bells) -> dt.time:
    spans = bells.spans
    return spans[number - 1].starts if number <= len(spans) else spans[-1].ends


def _end_of(number: int, bells: Bells) -> dt.time:
    return bells.spans[min(number, len(bells.spans)) - 1].ends


class Verdict(NamedTuple):
    """Holds what days off make of a lesson."""

    # By which it is off, which is so for all of its class groups.
    off: PartOff | None = None
    # By which some of its class groups are, though it is held, each with its key.
    away: tuple[tuple[int, PartOff], ...] = ()


HELD = Verdict()


class DaysOff:
    """The parts of days off of a term."""

    def __init__(self, parts: Iterable[PartOff] = ()) -> None:
        self.parts = tuple(sorted(parts, key=lambda part: (part.is_for_class_groups, part.key)))
        self._on: dict[dt.date, tuple[PartOff, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self.parts)

    def on(self, day: dt.date) -> tuple[PartOff, ...]:
        """Return those of a day, in the order in which they go before each other."""
        if day not in self._on:
            self._on[day] = tuple(part for part in self.parts if part.is_on(day))
        return self._on[day]

    def is_off(
        self,
        members: Collection[Member],
        day: dt.date,
        hours: BellSpan | None,
        bell_lists: BellLists,
    ) -> PartOff | None:
        """Return by what a lesson of these class groups is off, on this day in these hours; None where it is held."""
        return self.judge(members, day, hours, bell_lists).off

    def judge(
        self,
        members: Collection[Member],
        day: dt.date,
        hours: BellSpan | None,
        bell_lists: BellLists,
    ) -> Verdict:
        """Return the same, and which class groups are away from a lesson that is held.

        Each class group has the periods of the bell times that hold for it.
        """
        if not self.on(day):
            return HELD
        if not members:
            return Verdict(self._first_for(None, day, hours, bell_lists.shown_for(EVERYBODY, day)))
        by_group = {
            member: self._first_for(member[0], day, hours, bell_lists.shown_for([member], day))
            for member in members
        }
        away = {group: part for (group, _grade), part in by_group.items() if part is not None}
        if len(away) < len(by_group):
            return Verdict(away=tuple(away.items()))
        return Verdict(min(away.values(), key=self.parts.index))

    def _first_for(
        self, class_group_id: int | None, day: dt.date, hours: BellSpan | None, bells: Bells
    ) -> PartOff | None:
        parts = (
            part
            for part in self.on(day)
            if part.is_for(class_group_id) and part.covers(hours, bells)
        )
        return next(parts, None)

    def with_part(self, part: PartOff) -> DaysOff:
        """Return them as they are once this one stands among them, or in place of the one of its key."""
        return DaysOff([*(other for other in self.parts if other.key != part.key), part])

    def of_class_groups(self, class_group_ids: Collection[int]) -> DaysOff:
        """Return those that hold for any of these class groups."""
        return DaysOff(part for part in self.parts if any(map(part.is_for, class_group_ids)))


NO_DAYS_OFF = DaysOff()


# --- Reading --------------------------------------------------------------------------------------

DaysOffCells = tuple[str | None, str | None]
# Annotations of a statement on terms, for `days_off_in`.
DAYS_OFF_CELLS = ("days_off_rows", "days_off_groups")


def days_off_cells(
    first: dt.date | None = None, last: dt.date | None = None
) -> dict[str, Subquery]:
    """Return what a statement on terms reads the parts of its term by; with `first` and `last` those of these days."""
    rows = PartDayOff.objects.filter(_on_days("", first, last), term=OuterRef("pk"))
    groups = PartDayOffClassGroup.objects.filter(
        _on_days("day_off__", first, last), day_off__term=OuterRef("pk")
    )
    columns = ("pk", "name", "first_day", "last_day", "from_bell", "until_bell")
    texts = (
        lines_of(rows, *columns, "is_for_class_groups", of="term"),
        lines_of(
            groups,
            *("day_off", Hexadecimal("classgroup__name_key"), "classgroup", "classgroup__name"),
            of="day_off__term",
        ),
    )
    return dict(zip(DAYS_OFF_CELLS, texts, strict=True))


def _on_days(prefix: str, first: dt.date | None, last: dt.date | None) -> Q:
    if first is None or last is None:
        return Q()
    return Q((f"{prefix}first_day__lte", last), (f"{prefix}last_day__gte", first))


def days_off_in(cells: DaysOffCells) -> DaysOff:
    """Return the parts of such texts."""
    rows, groups = map(cells_in, cells)
    names: dict[int, dict[int, str]] = {}
    for key, _name_key, group, name in groups:
        names.setdefault(key, {})[group] = name
    return DaysOff(
        PartOff(
            key=key,
            name=name,
            first_day=dt.date.fromisoformat(first),
            last_day=dt.date.fromisoformat(last),
            from_bell=from_bell,
            until_bell=until_bell,
            class_groups=names.get(key, NO_CLASS_GROUPS),
            is_for_class_groups=bool(is_for_class_groups),
        )
        for key, name, first, last, from_bell, until_bell, is_for_class_groups in rows
    )


def _of_term(term_id: int) -> QuerySet[Term, DaysOffCells]:
    rows: QuerySet[Term, DaysOffCells] = (
        Term.objects.filter(pk=term_id).annotate(**days_off_cells()).values_list(*DAYS_OFF_CELLS)
    )
    return rows


_OF_TERM: Statement[DaysOffCells] = Statement(_of_term)


def days_off_of(term: Term) -> DaysOff:
    """Return the parts of days off of a term; one query."""
    row = _OF_TERM.first(term_id=term.pk)
    return NO_DAYS_OFF if row is None else days_off_in(row)
