"""Finds overlapping bookings for any number of lessons in one query."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schedule.models import Lesson, Occupation


@dataclass(frozen=True, slots=True)
class Holder:
    """A person or a class group, of which there is one only."""

    is_person: bool
    pk: int


@dataclass(frozen=True, slots=True)
class Booking:
    """A lesson takes a person or class group for `[starts_at, ends_at)`.

    `order` says which of two overlapping bookings gives way: the greater one. 0 stands for lessons
    that are in the timetable already, which never do.
    """

    holder: Holder
    starts_at: dt.datetime
    ends_at: dt.datetime
    order: int
    lesson_pk: int | None = None


@dataclass(frozen=True, slots=True)
class Overlap:
    """`booking` cannot stand, because `taken` is there."""

    booking: Booking
    taken: Booking


def bookings_in_timetable(
    *, starts_at: dt.datetime, ends_at: dt.datetime, without: Iterable[Lesson] = ()
) -> list[Booking]:
    """What is taken inside the period, without the lessons that are about to be planned again."""
    left_out = {lesson.pk for lesson in without}
    rows = Occupation.objects.overlapping(starts_at=starts_at, ends_at=ends_at).filter(
        is_exclusive=True
    )
    columns = rows.values_list("lesson", "person", "class_group", "starts_at", "ends_at")
    return [
        Booking(Holder(group is None, person or group or 0), start, end, 0, lesson)
        for lesson, person, group, start, end in columns.iterator()
        if lesson not in left_out
    ]


def find_overlaps(bookings: Iterable[Booking]) -> Iterator[Overlap]:
    """Yield each booking that another one stands against, once.

    A yielded booking no longer blocks others, so the remaining ones fit together.
    """
    by_holder: dict[Holder, list[Booking]] = defaultdict(list)
    for booking in bookings:
        by_holder[booking.holder].append(booking)
    for of_holder in by_holder.values():
        of_holder.sort(key=lambda booking: (booking.starts_at, booking.order))
        yield from _overlaps_of_one(of_holder)


def _overlaps_of_one(bookings: list[Booking]) -> Iterator[Overlap]:
    standing: Booking | None = None
    for booking in bookings:
        if standing is None or standing.ends_at <= booking.starts_at:
            standing = booking
        elif booking.order > standing.order:
            yield Overlap(booking, standing)
        elif standing.order > booking.order:
            yield Overlap(standing, booking)
            standing = booking
        elif booking.ends_at > standing.ends_at:
            standing = booking
