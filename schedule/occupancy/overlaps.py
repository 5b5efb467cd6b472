"""Find who would be in two lessons at once: a person, a class group, or students of two class groups.

Times that touch do not overlap. Students count where neither lesson has a class group of the other one: else the
class group itself is in both.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple, Protocol

from django.utils import timezone

from schedule.models import LONGEST_LESSON
from schedule.occupancy.bookings import Booking, Holder, Party, read_bookings
from schedule.occupancy.students import NOBODY, SharedStudents, read_shared_students


class Who(NamedTuple):
    """Somebody who would be in two lessons at once: a person, a class group, or students of `holder` and `other`."""

    holder: Holder
    other: Holder
    students: frozenset[int] = NOBODY


class Pair(NamedTuple):
    """Two bookings at once, the earlier first; of two class groups with the students who are in both."""

    one: Booking
    other: Booking
    students: frozenset[int] = NOBODY


class Overlap(NamedTuple):
    """`booking` cannot stand, because `taken` is there."""

    booking: Booking
    taken: Booking
    # Where they are bookings of two class groups: the students who are in both.
    students: frozenset[int] = NOBODY

    @property
    def who(self) -> Who:
        return Who(self.booking.holder, self.taken.holder, self.students)


class Against(NamedTuple):
    """Somebody of a party, here `who.holder`, is taken by this booking."""

    who: Who
    taken: Booking


class Timed(Protocol):
    @property
    def starts_at(self) -> dt.datetime: ...
    @property
    def ends_at(self) -> dt.datetime: ...


def are_at_once(one: Timed, other: Timed) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


# By their start and order; a tuple's places are read several times as fast as its names.
_by_time = itemgetter(1, 3)
# From a class group of a party and a booking of another one: the students who are in both.
InBoth = Callable[[int, Booking], frozenset[int]]


# --- Who of a party is taken ----------------------------------------------------------------------


def standing_against(
    party: Party, bookings: Sequence[Booking], shared: SharedStudents, in_both: InBoth
) -> Iterator[Against]:
    """Yield what takes somebody of the party, of bookings that are at the same time, in their order."""
    meeting = _lessons_with(party.class_groups, bookings)
    for booking in bookings:
        holder = booking.holder
        if party.has(booking):
            yield Against(Who(holder, holder), booking)
        elif not holder.is_person and booking.lesson_key not in meeting:
            for group in sorted(party.class_groups & shared.neighbours.get(holder.pk, NOBODY)):
                if students := in_both(group, booking):
                    yield Against(Who(Holder(False, group), holder, students), booking)  # noqa: FBT003 -- as in Booking


def _lessons_with(class_groups: frozenset[int], bookings: Iterable[Booking]) -> set[object]:
    return {
        booking.lesson_key
        for booking in bookings
        if not booking.holder.is_person and booking.holder.pk in class_groups
    }


class Occupancy:
    """Bookings within a time, read once and asked for many parties."""

    def __init__(self, bookings: Iterable[Booking], shared: SharedStudents | None = None) -> None:
        self.bookings = sorted(bookings, key=itemgetter(1))
        self.shared = shared or SharedStudents()

    @classmethod
    def read(
        cls,
        party: Party,
        *,
        starts_at: dt.datetime,
        ends_at: dt.datetime,
        without: Iterable[int] = (),
        shared: SharedStudents | None = None,
    ) -> Occupancy:
        """Read what could stand against the party within this time; two queries, one where `shared` is given."""
        groups = party.class_groups
        if shared is None:
            shared = shared_within(starts_at, ends_at, of=groups)
        whose = party._replace(class_groups=frozenset(shared.near(groups)))
        bookings = read_bookings(
            starts_at=starts_at, ends_at=ends_at, of=whose, without=set(without)
        )
        return cls(bookings, shared)

    def at(self, starts_at: dt.datetime, ends_at: dt.datetime) -> list[Booking]:
        """Return what shares a moment with this time."""
        first = bisect_left(self._starts, starts_at - self._longest)
        last = bisect_left(self._starts, ends_at)
        return [booking for booking in self.bookings[first:last] if booking.ends_at > starts_at]

    def beginning_within(self, starts_at: dt.datetime, ends_at: dt.datetime) -> list[Booking]:
        first, last = bisect_left(self._starts, starts_at), bisect_left(self._starts, ends_at)
        return self.bookings[first:last]

    def against(
        self, party: Party, starts_at: dt.datetime, ends_at: dt.datetime
    ) -> Iterator[Against]:
        """Yield what keeps somebody of the party from being in a lesson at this time, in order of time."""
        day = timezone.localdate(starts_at)

        def in_both(group: int, taken: Booking) -> frozenset[int]:
            then = timezone.localdate(taken.starts_at)
            return self.shared.in_both(group, day, taken.holder.pk, then)

        yield from standing_against(party, self.at(starts_at, ends_at), self.shared, in_both)

    def lessons_against(
        self, party: Party, starts_at: dt.datetime, ends_at: dt.datetime
    ) -> set[int | None]:
        """Return the keys of the lessons that keep somebody of the party from being there at this time."""
        against = self.against(party, starts_at, ends_at)
        return {conflict.taken.lesson_pk for conflict in against}

    @cached_property
    def _longest(self) -> dt.timedelta:
        return max(
            (booking.ends_at - booking.starts_at for booking in self.bookings),
            default=LONGEST_LESSON,
        )

    @cached_property
    def _starts(self) -> list[dt.datetime]:
        return [booking.starts_at for booking in self.bookings]


def shared_within(
    starts_at: dt.datetime, ends_at: dt.datetime, *, of: frozenset[int] | None = None
) -> SharedStudents:
    """Read the students shared on all days of which a lesson may share a moment with this time.

    One query; none where `of`, the class groups whose students are meant, names nobody.
    """
    first = timezone.localdate(starts_at - LONGEST_LESSON)
    return read_shared_students(first=first, last=timezone.localdate(ends_at), of=of)


# --- All that is at once --------------------------------------------------------------------------


def pairs(bookings: Sequence[Booking], shared: SharedStudents) -> Iterator[Pair]:
    """Yield every two bookings at once: of one holder, then of class groups that share students."""
    ordered = sorted(bookings, key=_by_time)
    yield from _of_one_holder(ordered)
    yield from _of_students(ordered, shared)


def _of_one_holder(ordered: Iterable[Booking]) -> Iterator[Pair]:
    running: dict[Holder, list[Booking]] = {}
    for booking in ordered:
        running_bookings = running.get(booking.holder)
        if running_bookings is None:
            running[booking.holder] = [booking]
            continue
        start = booking.starts_at
        if len(running_bookings) == 1 and running_bookings[0].ends_at <= start:
            running_bookings[0] = booking
            continue
        running_bookings[:] = [earlier for earlier in running_bookings if earlier.ends_at > start]
        for other in running_bookings:
            yield Pair(other, booking)
        running_bookings.append(booking)


def _of_students(
    ordered: Sequence[Booking],
    shared: SharedStudents,
    *,
    standing: Callable[[Booking], bool] = lambda _booking: False,
) -> Iterator[Pair]:
    """Yield every two bookings of class groups with students in both; `standing` ones are in nobody's way."""
    days = _Days()
    groups_of = _groups_of(ordered)
    near = {Holder(False, group): others for group, others in shared.neighbours.items()}  # noqa: FBT003 -- as in Booking
    near_holders = {holder: [Holder(False, pk) for pk in sorted(near[holder])] for holder in near}  # noqa: FBT003 -- as in Booking
    running: dict[Holder, list[Booking]] = {holder: [] for holder in near}
    for booking in ordered:
        holder = booking.holder
        if holder not in near:
            continue
        start, own, stands = booking.starts_at, groups_of[booking[3:5]], standing(booking)
        for near_holder in near_holders[holder]:
            running_bookings = running[near_holder]
            if running_bookings and running_bookings[0].ends_at <= start:
                running_bookings[:] = [
                    earlier for earlier in running_bookings if earlier.ends_at > start
                ]
            for other in running_bookings:
                if other.ends_at <= start or (stands and standing(other)):
                    continue
                if own.isdisjoint(groups_of[other[3:5]]):
                    then = days[other.starts_at]
                    students = shared.in_both(near_holder.pk, then, holder.pk, days[start])
                    if students:
                        yield Pair(other, booking, students)
        running[holder].append(booking)


def _groups_of(bookings: Iterable[Booking]) -> dict[tuple[int, int | None], set[int]]:
    """Return the class groups of each lesson by its `lesson_key`."""
    groups_by_lesson: dict[tuple[int, int | None], set[int]] = {}
    for booking in bookings:
        is_person, pk = booking[0]
        if not is_person:
            groups_by_lesson.setdefault(booking[3:5], set()).add(pk)
    return groups_by_lesson


class _Days(dict[dt.datetime, dt.date]):
    """Days in the school's time, each worked out once: lessons begin together."""

    def __missing__(self, moment: dt.datetime) -> dt.date:
        day = self[moment] = timezone.localdate(moment)
        return day


# --- What gives way -------------------------------------------------------------------------------


def give_way(
    bookings: Iterable[Booking], shared: SharedStudents | None = None
) -> Iterator[Overlap]:
    """Yield each booking that another one stands against, once for its holder, and once for students.

    A yielded booking no longer blocks others of its holder, so the remaining ones fit together. Who shares
    students is read where it is not given and could matter; one query.
    """
    by_holder: dict[Holder, list[Booking]] = defaultdict(list)
    for booking in bookings:
        by_holder[booking.holder].append(booking)
    for of_holder in by_holder.values():
        of_holder.sort(key=_by_time)
        yield from _giving_way_to_one(of_holder)
    of_groups = [
        booking
        for holder, of_group in by_holder.items()
        if not holder.is_person
        for booking in of_group
    ]
    if any(map(_student_order, of_groups)):
        yield from _giving_way_to_students(of_groups, shared or _shared_among(of_groups))


def _giving_way_to_one(bookings: list[Booking]) -> Iterator[Overlap]:
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


def _giving_way_to_students(
    bookings: Sequence[Booking], shared: SharedStudents
) -> Iterator[Overlap]:
    against: dict[Booking, list[tuple[Booking, frozenset[int]]]] = defaultdict(list)
    ordered = sorted(bookings, key=_by_time)
    for pair in _of_students(ordered, shared, standing=lambda booking: not _student_order(booking)):
        earlier, later = sorted(pair[:2], key=_student_order)
        if _student_order(earlier) < _student_order(later):
            against[later].append((earlier, pair.students))
    yielded: set[Booking] = set()
    for booking in sorted(against, key=_student_order):
        for taken, students in against[booking]:
            if taken not in yielded:
                yielded.add(booking)
                yield Overlap(booking, taken, students)
                break


def _shared_among(bookings: Iterable[Booking]) -> SharedStudents:
    days = {timezone.localdate(start) for start in {booking.starts_at for booking in bookings}}
    return read_shared_students(first=min(days), last=max(days))


def _student_order(booking: Booking) -> int:
    return 0 if booking.is_in_place else booking.order
