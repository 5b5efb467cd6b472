"""Weekly lessons that planning leaves out, since somebody is taken at their time."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from schedule.models import Pattern, Term
from schedule.services.bulk_lessons import bookings_of
from schedule.services.overlaps import Booking, Who, find_overlaps
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


def left_out_of(
    term: Term, bookings: Iterable[Booking], exclusive: Collection[int], *, at: dt.datetime
) -> list[LeftOut]:
    """What of the term's plan cannot be placed from now on; a fixed number of queries.

    `bookings` are all of the term, and `exclusive` the lessons whose class groups may not overlap.
    """
    planned = _planned(term, at)
    if not planned.missing:
        return []
    standing = [
        booking
        for booking in bookings
        if (booking.holder.is_person or booking.lesson_pk in exclusive)
        and booking.lesson_pk not in planned.followed
    ]
    for pk, followed in planned.followed.items():
        if followed is not None:
            standing += [
                dataclasses.replace(booking, lesson_pk=pk)
                for booking in bookings_of(followed.plan, order=0)
            ]
    for order, placement in enumerate(planned.missing, start=1):
        standing += bookings_of(placement.plan, order=order)
    found: dict[int, LeftOut] = {}
    for overlap in find_overlaps(standing):
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


def _planned(term: Term, at: dt.datetime) -> _Planned:
    wanted = {placement.key: placement for placement in placements_of(term).wanted}
    followed: dict[int, Placement | None] = {}
    for planned in term.planned_lessons.select_related("lesson"):
        placement = wanted.pop((planned.pattern_id or 0, planned.date), None)
        lesson = planned.lesson
        if lesson is not None and not planned.is_edited and lesson.starts_at > at:
            followed[lesson.pk] = placement
    missing = [each for each in wanted.values() if each.plan.starts_at > at]
    return _Planned(followed, missing)
