"""Bookings: a lesson takes its teacher, its assistants and its class groups for a time, published or draft.

One way to read them serves whoever asks who is free. A cancelled lesson takes nobody, and a class group that a
planner lets overlap stands in nobody's way.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from edu_platform.lib.batches import in_batches
from edu_platform.lib.statements import NO_KEY, Statement
from schedule.models import LONGEST_LESSON, Occupation

# For more holders than these, everybody's bookings are read: most of them are theirs.
ASKED_BY_NAME = 256


class Holder(NamedTuple):
    """A person or a class group, of which there is one only."""

    is_person: bool
    pk: int


class Booking(NamedTuple):
    """A lesson takes a person or class group for `[starts_at, ends_at)`.

    `order` says which of two overlapping bookings gives way: the greater one. 0 stands for lessons
    that are in the timetable already, which never do.
    """

    holder: Holder
    starts_at: dt.datetime
    ends_at: dt.datetime
    order: int = 0
    lesson_pk: int | None = None
    # The lesson is planned again, but keeps its time and its class groups. Students of two of them
    # were in both before: that is told on the page of conflicts, and refuses no other change.
    is_in_place: bool = False
    # A class group that may overlap others has false here.
    is_exclusive: bool = True

    @property
    def lesson_key(self) -> tuple[int, int | None]:
        return self.order, self.lesson_pk


class Party(NamedTuple):
    """All whom a lesson takes; class groups only where they may not overlap."""

    people: frozenset[int]
    class_groups: frozenset[int]

    def has(self, booking: Booking) -> bool:
        holder = booking.holder
        return holder.pk in (self.people if holder.is_person else self.class_groups)


def party_of(holders: Iterable[Holder]) -> Party:
    unique_holders = set(holders)
    people = frozenset(holder.pk for holder in unique_holders if holder.is_person)
    return Party(people, frozenset(holder.pk for holder in unique_holders if not holder.is_person))


def read_bookings(
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    of: Party | None = None,
    without: Collection[int] = (),
    with_allowed: bool = False,
) -> list[Booking]:
    """Return what is taken at some moment of this time, in order of time; one query.

    `of`: only these people and class groups. `without`: lessons to ignore. `with_allowed`: also class groups that
    may overlap.
    """
    rows = _rows(starts_at, ends_at, of)
    bookings = [
        Booking(Holder(group is None, person or group), start, end, 0, lesson, False, exclusive)  # noqa: FBT003 -- a tuple is made several times as fast without names
        for person, group, start, end, lesson, exclusive in rows
        if (exclusive or with_allowed) and lesson not in without
    ]
    return (
        bookings
        if of is None or _is_asked_by_name(of)
        else [booking for booking in bookings if of.has(booking)]
    )


def read_parties(lesson_ids: Iterable[int]) -> dict[int, Party]:
    """Return whom each of these lessons takes; one query for hundreds."""
    holders: dict[int, list[Holder]] = {pk: [] for pk in lesson_ids}
    for batch in in_batches(holders):
        for lesson, person, group in _HOLDERS.rows(lesson_ids=batch):
            holders[lesson].append(Holder(group is None, person or group))
    return {pk: party_of(lesson_holders) for pk, lesson_holders in holders.items()}


def _is_asked_by_name(party: Party) -> bool:
    return max(map(len, party)) <= ASKED_BY_NAME


def _rows(starts_at: dt.datetime, ends_at: dt.datetime, of: Party | None) -> list[Any]:
    # An index has the start of what takes somebody, not its end.
    since = starts_at - LONGEST_LESSON
    time = {"since": since, "starts_at": starts_at, "ends_at": ends_at}
    if of is None or not _is_asked_by_name(of):
        return _OF_ALL.rows(**time)
    people, class_groups = (sorted(pks) or [NO_KEY] for pks in of)
    return _OF_THESE.rows(people=people, class_groups=class_groups, **time)


def _taken(
    since: dt.datetime, starts_at: dt.datetime, ends_at: dt.datetime
) -> QuerySet[Occupation, Any]:
    taken = Occupation.objects.overlapping(starts_at=starts_at, ends_at=ends_at)
    columns = ("person", "class_group", "starts_at", "ends_at", "lesson", "is_exclusive")
    return taken.filter(starts_at__gt=since).order_by("starts_at", "pk").values_list(*columns)


# Lessons have an index of their start alone: of those of other days none is looked at.
_OF_ALL = Statement(
    lambda since, starts_at, ends_at: _taken(since, starts_at, ends_at).filter(
        lesson__starts_at__gt=since, lesson__starts_at__lt=ends_at
    )
)
_OF_THESE = Statement(
    lambda people, class_groups, **time: _taken(**time).filter(
        Q(person__pk__in=people) | Q(class_group__pk__in=class_groups)
    ),
    never_empty=("people", "class_groups"),
)
_HOLDERS = Statement(
    lambda lesson_ids: Occupation.objects.filter(
        lesson__pk__in=lesson_ids, is_active=True, is_exclusive=True
    ).values_list("lesson", "person", "class_group")
)
