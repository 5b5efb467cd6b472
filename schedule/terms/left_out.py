"""Weekly lessons that planning leaves out, since somebody is taken at their time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain

from schedule.lessons.plan import bookings_of
from schedule.models import Pattern, Term
from schedule.occupancy.bookings import Booking
from schedule.occupancy.overlaps import Occupancy, Who, give_way
from schedule.terms.placements import Placement, placements_of


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A lesson that a pattern asks for and that cannot be placed: by a lesson that is there, or by another pattern."""

    pattern: Pattern
    date: dt.date
    who: Who
    lesson_id: int | None
    other: Pattern | None

    @property
    def patterns(self) -> list[Pattern]:
        return [self.pattern] if self.other is None else [self.pattern, self.other]


@dataclass(slots=True)
class _Planned:
    """The coming lessons of a term that follow its plan."""

    # By lesson, as the patterns have them by now; None: no pattern asks for it any more.
    followed: dict[int, Placement | None]
    missing: list[Placement]


def left_out_of(term: Term, occupancy: Occupancy, *, at: dt.datetime) -> list[LeftOut]:
    """Return what of the term's plan cannot be placed from now on; a fixed number of queries.

    `occupancy` is that of the term; only what lies at the time of a missing lesson is looked at.
    """
    planned = _planned(term, at)
    standing = _standing(planned, occupancy)
    for order, placement in enumerate(planned.missing, start=1):
        standing += bookings_of(placement.plan, order=order)
    found: dict[int, LeftOut] = {}
    for overlap in give_way(standing, occupancy.shared):
        order, other = overlap.booking.order, overlap.taken.order
        placement = planned.missing[order - 1]
        left_out = LeftOut(
            pattern=placement.pattern,
            date=placement.date,
            who=overlap.who,
            lesson_id=overlap.taken.lesson_pk,
            other=planned.missing[other - 1].pattern if other else None,
        )
        found.setdefault(order, left_out)
    return [found[order] for order in sorted(found)]


def _standing(planned: _Planned, occupancy: Occupancy) -> list[Booking]:
    """Return what takes somebody when a lesson is missing: lessons as they are, and as the plan would have them."""
    times_of: dict[dt.date, set[tuple[dt.datetime, dt.datetime]]] = defaultdict(set)
    for each in planned.missing:
        times_of[each.date].add((each.starts_at, each.ends_at))
    times = chain.from_iterable(times_of.values())
    there = {booking for time in times for booking in occupancy.at(*time)}
    standing = [
        booking
        for booking in sorted(there, key=lambda each: (each.starts_at, each.lesson_pk))
        if booking.is_exclusive and booking.lesson_pk not in planned.followed
    ]
    for pk, followed in planned.followed.items():
        if followed is not None and any(
            followed.starts_at < ends_at and starts_at < followed.ends_at
            for starts_at, ends_at in times_of.get(followed.date, ())
        ):
            standing += bookings_of(followed.plan, order=0, lesson_pk=pk)
    return standing


def _planned(term: Term, at: dt.datetime) -> _Planned:
    wanted = {placement.key: placement for placement in placements_of(term).wanted}
    followed: dict[int, Placement | None] = {}
    columns = ("pattern", "date", "lesson", "is_edited", "lesson__starts_at")
    for pattern, date, lesson, is_edited, starts_at in term.planned_lessons.values_list(*columns):
        placement = wanted.pop((pattern or 0, date), None)
        if lesson is not None and not is_edited and starts_at > at:
            followed[lesson] = placement
    missing = [each for each in wanted.values() if each.starts_at > at]
    return _Planned(followed, missing)
