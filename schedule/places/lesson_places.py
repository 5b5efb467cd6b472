"""The places of a week where a lesson could be: everybody is free there, or would be if it swapped with another lesson.

A lesson keeps its length, and stays inside its term. A place is where a period starts, to come, and on no day off.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from operator import attrgetter

from django.utils import timezone

from edu_platform.lib.batches import in_batches
from schedule.lessons.moments import NotReadable, in_school_time
from schedule.lessons.moving import party_taken_by
from schedule.models import ClassGroup, Lesson
from schedule.occupancy.bookings import Party
from schedule.occupancy.overlaps import Against, Occupancy, are_at_once
from schedule.places.school_days import SchoolDays, Start
from schedule.week_grid import dates_of_week, monday_of, period_of_week


class PlaceKind(Enum):
    FREE = auto()
    TAKEN = auto()
    # It is taken, and a swap with the one lesson there would free it.
    SWAP = auto()
    # The lesson stands there now.
    HERE = auto()
    PAST = auto()
    OFF = auto()
    OUTSIDE_TERM = auto()


# A lesson may come there by one step.
OPEN = frozenset({PlaceKind.FREE, PlaceKind.SWAP})


@dataclass(frozen=True, slots=True)
class Place:
    """A time at which the lesson could start, and what stands against that."""

    day: dt.date
    start: Start
    starts_at: dt.datetime
    ends_at: dt.datetime
    kind: PlaceKind
    against: tuple[Against, ...] = ()
    # The lesson with which it would swap.
    other: Lesson | None = None

    @property
    def is_open(self) -> bool:
        return self.kind in OPEN

    @property
    def standing(self) -> set[int | None]:
        return {conflict.taken.lesson_pk for conflict in self.against}


@dataclass(frozen=True, slots=True)
class WeekPlaces:
    """The places of a lesson in a week, in order of time."""

    school_days: SchoolDays
    places: Sequence[Place]
    # The lessons that stand against it, by key, with course, teacher, assistants and class groups.
    lessons: Mapping[int, Lesson]

    @property
    def is_outside_term(self) -> bool:
        """Tell whether the lesson may not leave its term for this week."""
        return all(place.kind is PlaceKind.OUTSIDE_TERM for place in self.places)


def places_of(
    lesson: Lesson,
    monday: dt.date,
    *,
    at: dt.datetime,
    school_days: SchoolDays | None = None,
) -> WeekPlaces:
    """Return where in the week the lesson could be, which may move; ten queries when it was read with its people."""
    days = school_days or SchoolDays(monday)
    own_days = _days_of(lesson, days)
    party = party_taken_by(lesson)
    starts_at, ends_at = period_of_week(monday)
    occupancy = Occupancy.read(
        party,
        starts_at=starts_at,
        ends_at=ends_at + _length(lesson),
        without=[lesson.pk],
    )
    judge = _Judge(lesson, days, own_days.term, at)
    swaps = _Swaps(lesson, judge, own_days, occupancy, party)
    places = [_with_taken(place, occupancy, party) for place in judge.places()]
    freeing = swaps.freeing() if own_days.term == days.term and lesson.starts_at > at else set()
    lessons = _read_lessons(freeing.union(*(place.standing for place in places)))
    places = swaps.put_into(
        [*places, *judge.own_place(places)], [lessons[pk] for pk in freeing if pk in lessons]
    )
    return WeekPlaces(days, places, lessons)


def fault_of(
    lesson: Lesson, starts_at: dt.datetime, ends_at: dt.datetime | None = None, *, at: dt.datetime
) -> PlaceKind | None:
    """Return why the calendar forbids the lesson then; None where it does not. Three queries at most.

    Without `ends_at` it keeps its length.
    """
    days = SchoolDays(monday_of(timezone.localdate(starts_at)))
    judge = _Judge(lesson, days, _days_of(lesson, days).term, at)
    ends_at = ends_at or starts_at + _length(lesson)
    return judge.fault_at(timezone.localdate(starts_at), starts_at, ends_at)


def fault_of_swap(lesson: Lesson, other: Lesson, *, at: dt.datetime) -> PlaceKind | None:
    """Return why one of the two cannot be at the time of the other; what is over is told by the swap itself."""
    if lesson.pk == other.pk:
        return None
    kinds = (
        fault_of(lesson, other.starts_at, other.ends_at, at=at),
        fault_of(other, lesson.starts_at, lesson.ends_at, at=at),
    )
    return next((kind for kind in kinds if kind not in (None, PlaceKind.PAST)), None)


def _days_of(lesson: Lesson, days: SchoolDays) -> SchoolDays:
    own_monday = monday_of(timezone.localdate(lesson.starts_at))
    return days if own_monday == days.monday else SchoolDays(own_monday)


def _length(lesson: Lesson) -> dt.timedelta:
    return lesson.ends_at - lesson.starts_at


class _Judge:
    """Says what the calendar has against a time, before anybody is asked who is free."""

    def __init__(self, lesson: Lesson, days: SchoolDays, own_term: str, at: dt.datetime) -> None:
        self._lesson, self._days, self._own_term, self._at = lesson, days, own_term, at
        self.monday = days.monday
        self.class_groups: Sequence[ClassGroup] = list(lesson.class_groups.all())

    def places(self) -> Iterator[Place]:
        """Yield all places of the week; clocks that change skip some of them."""
        for day in dates_of_week(self._days.monday):
            for start in self._days.starts_on(day, self.class_groups):
                try:
                    starts_at = in_school_time(day, start.starts).astimezone(dt.UTC)
                except NotReadable:
                    continue
                yield self._place_at(day, start, starts_at)

    def _place_at(self, day: dt.date, start: Start, starts_at: dt.datetime) -> Place:
        ends_at = starts_at + _length(self._lesson)
        kind = self.fault_at(day, starts_at, ends_at) or PlaceKind.FREE
        if starts_at == self._lesson.starts_at:
            kind = PlaceKind.HERE
        return Place(day, start, starts_at, ends_at, kind)

    def own_place(self, places: Iterable[Place]) -> Iterator[Place]:
        """Yield where the lesson is now, where that is in this week and in none of these places."""
        lesson = self._lesson
        local = timezone.localtime(lesson.starts_at)
        is_there = any(place.kind is PlaceKind.HERE for place in places)
        if monday_of(local.date()) == self.monday and not is_there:
            yield Place(
                local.date(), Start(local.time()), lesson.starts_at, lesson.ends_at, PlaceKind.HERE
            )

    def has_fault(self, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
        return self.fault_at(timezone.localdate(starts_at), starts_at, ends_at) is not None

    def fault_at(
        self, day: dt.date, starts_at: dt.datetime, ends_at: dt.datetime
    ) -> PlaceKind | None:
        if self._own_term and self._own_term != self._days.term:
            return PlaceKind.OUTSIDE_TERM
        if starts_at <= self._at:
            return PlaceKind.PAST
        if self._days.is_off(day, self.class_groups, starts_at, ends_at):
            return PlaceKind.OFF
        return None


def _with_taken(place: Place, occupancy: Occupancy, party: Party) -> Place:
    if place.kind is not PlaceKind.FREE:
        return place
    against = tuple(occupancy.against(party, place.starts_at, place.ends_at))
    return replace(place, kind=PlaceKind.TAKEN, against=against) if against else place


def _read_lessons(lesson_ids: Iterable[int | None]) -> dict[int, Lesson]:
    """Read these lessons, with their people and class groups; three queries for hundreds."""
    rows = Lesson.objects.select_related("course", "teacher")
    rows = rows.prefetch_related("assistants", "class_groups")
    keys = (key for key in lesson_ids if key is not None)
    return {lesson.pk: lesson for batch in in_batches(keys) for lesson in rows.filter(pk__in=batch)}


# --- Swaps ----------------------------------------------------------------------------------------


class _Swaps:
    """Finds the lessons of the week that can take the lesson's time while it takes theirs."""

    def __init__(
        self,
        lesson: Lesson,
        judge: _Judge,
        own_days: SchoolDays,
        occupancy: Occupancy,
        party: Party,
    ) -> None:
        self._lesson, self._judge, self._own_days = lesson, judge, own_days
        self._occupancy, self._party = occupancy, party

    def freeing(self) -> set[int | None]:
        """Return the lessons of the week, as long as this one, that alone stand against it at their time."""
        within = self._occupancy.beginning_within(*period_of_week(self._judge.monday))
        times = {
            (booking.starts_at, booking.ends_at)
            for booking in within
            if booking.ends_at - booking.starts_at == _length(self._lesson)
        }
        by_time = {
            time: self._occupancy.lessons_against(self._party, *time)
            for time in times
            if not self._judge.has_fault(*time)
        }
        return {
            booking.lesson_pk
            for booking in within
            if by_time.get((booking.starts_at, booking.ends_at)) == {booking.lesson_pk}
        }

    def put_into(self, places: Sequence[Place], others: Sequence[Lesson]) -> list[Place]:
        """Return the places with those that a swap frees; such a time may be that of no period."""
        fitting = self._fitting([other for other in others if self._is_related(other)])
        by_time = {other.starts_at: other for other in fitting}
        all_places = [
            replace(place, kind=PlaceKind.SWAP, other=by_time.pop(place.starts_at))
            if place.starts_at in by_time
            else place
            for place in places
        ]
        all_places += [self._place_of(other) for other in by_time.values()]
        return sorted(all_places, key=attrgetter("starts_at"))

    def _is_related(self, other: Lesson) -> bool:
        """Tell whether it is of the same teacher or class group, and may be where this lesson is now."""
        own = self._lesson
        groups = list(other.class_groups.all())
        day = timezone.localdate(own.starts_at)
        if self._own_days.is_off(day, groups, own.starts_at, own.ends_at):
            return False
        own_groups = {group.pk for group in self._judge.class_groups}
        return other.teacher_id == own.teacher_id or not own_groups.isdisjoint(
            group.pk for group in groups
        )

    def _fitting(self, others: Sequence[Lesson]) -> list[Lesson]:
        """Return those whose class has not begun, and that fit where this lesson is now; three queries."""
        keys = [other.pk for other in others]
        to_come = {
            pk
            for batch in in_batches(keys)
            for pk in Lesson.objects.not_begun().filter(pk__in=batch).values_list("pk", flat=True)
        }
        others = [other for other in others if other.pk in to_come]
        if not others:
            return []
        parties = {other.pk: party_taken_by(other) for other in others}
        starts_at, ends_at = self._lesson.starts_at, self._lesson.ends_at
        occupancy = Occupancy.read(
            _joined(parties.values()), starts_at=starts_at, ends_at=ends_at, without=[]
        )

        def fits(other: Lesson) -> bool:
            standing = occupancy.lessons_against(parties[other.pk], starts_at, ends_at)
            # Two that share a moment now still do once they have swapped.
            are_apart = not are_at_once(self._lesson, other)
            return are_apart and standing <= {self._lesson.pk, other.pk}

        return [other for other in others if fits(other)]

    def _place_of(self, other: Lesson) -> Place:
        local = timezone.localtime(other.starts_at)
        start = Start(local.time())
        conflicts = self._occupancy.against(self._party, other.starts_at, other.ends_at)
        return Place(
            local.date(),
            start,
            other.starts_at,
            other.ends_at,
            PlaceKind.SWAP,
            tuple(conflicts),
            other,
        )


def _joined(parties: Collection[Party]) -> Party:
    people = frozenset().union(*(party.people for party in parties))
    return Party(people, frozenset().union(*(party.class_groups for party in parties)))
