"""Other lessons with which a lesson could swap its time when its teacher is away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import Exists, OuterRef

from edu_platform.lib.batches import in_batches
from schedule.absences.absence import with_all
from schedule.enums import LessonState
from schedule.lessons.moving import party_taken_by
from schedule.models import Lesson
from schedule.occupancy.bookings import read_bookings, read_parties
from schedule.occupancy.overlaps import Occupancy, shared_within
from schedule.occupancy.students import SharedStudents
from schedule.week_grid import period_of_days

# More are no choice, but a search.
MOST_SWAPS = 10
# How far from a lesson others are looked for, before it and after.
SWAPPED_WITHIN = dt.timedelta(days=14)


def swaps_for(
    lesson: Lesson, *, absent_from: dt.date, absent_to: dt.date, at: dt.datetime
) -> list[Lesson]:
    """Lessons outside these days with which it could swap as a whole, with their people and class groups.

    On these days, both included, its teacher is away. Everybody of either lesson is free at the time of the
    other, and so are the students of their class groups. Lessons of the same class groups come first, and of
    each kind the nearest.

    Eight queries, when the lesson was read with its people and class groups, and one more for each 500 lessons
    that it could take the place of, and that cannot take its own.
    """
    if lesson.is_cancelled or lesson.starts_at <= at:
        return []
    away = period_of_days(absent_from, absent_to)
    places = [place for place in _places_near(lesson, at) if not place.is_within(*away)]
    if not places:
        return []
    periods = [_period(lesson), *map(_period, places)]
    shared = shared_within(
        min(start for start, _end in periods), max(end for _start, end in periods)
    )
    fitting = _fitting(lesson, places, shared)
    swappable = _swappable(lesson, fitting, shared)
    chosen = list(islice(swappable, MOST_SWAPS))
    others_by_key = {other.pk: other for other in with_all(Lesson.objects.filter(pk__in=chosen))}
    return [others_by_key[pk] for pk in chosen]


@dataclass(frozen=True, slots=True)
class _Place:
    """Another lesson, whose time it could take."""

    lesson: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_of_same_group: bool

    def is_within(self, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
        """Tell whether it shares a moment with this time."""
        return self.starts_at < ends_at and self.ends_at > starts_at


def _places_near(lesson: Lesson, at: dt.datetime) -> list[_Place]:
    """Others' lessons to come, in the order in which they are proposed; one query."""
    groups = [group.pk for group in lesson.class_groups.all()]
    attending = Lesson.class_groups.through.objects.filter(
        lesson=OuterRef("pk"), classgroup__in=groups
    )
    near = Lesson.objects.within(
        starts_at=max(at, lesson.starts_at - SWAPPED_WITHIN),
        ends_at=lesson.starts_at + SWAPPED_WITHIN,
    ).filter(starts_at__gt=at)
    # One of the same teacher would come to lie where they are away.
    others = near.exclude(state=LessonState.CANCELLED).exclude(teacher=lesson.teacher_id)
    # Neither of the two may have begun.
    is_to_come = Exists(Lesson.objects.not_begun().filter(pk=lesson.pk))
    others = others.not_begun().filter(is_to_come)
    rows = others.exclude(pk=lesson.pk).annotate(is_of_same_group=Exists(attending))
    columns = rows.values_list("pk", "starts_at", "ends_at", "is_of_same_group")
    places = [_Place(*row) for row in columns.order_by("starts_at", "pk")]
    return sorted(
        (place for place in places if _period(place) != _period(lesson)),
        key=lambda place: (not place.is_of_same_group, abs(place.starts_at - lesson.starts_at)),
    )


def _period(either: Lesson | _Place) -> tuple[dt.datetime, dt.datetime]:
    return either.starts_at, either.ends_at


def _fitting(lesson: Lesson, places: Sequence[_Place], shared: SharedStudents) -> Iterator[_Place]:
    """Yield the lessons at whose times everybody of this one is free, but for those lessons themselves; one query."""
    party = party_taken_by(lesson)
    occupancy = Occupancy.read(
        party,
        starts_at=min(place.starts_at for place in places),
        ends_at=max(place.ends_at for place in places),
        shared=shared,
    )
    # Many lessons are at the same time.
    times = {_period(place) for place in places}
    against = {time: occupancy.lessons_against(party, *time) for time in times}
    for place in places:
        if against[_period(place)] <= {lesson.pk, place.lesson}:
            yield place


def _swappable(lesson: Lesson, places: Iterable[_Place], shared: SharedStudents) -> Iterator[int]:
    """Yield the lessons whose people and class groups are free at the time of this one."""
    time = _period(lesson)
    bookings = read_bookings(starts_at=lesson.starts_at, ends_at=lesson.ends_at)
    occupancy = Occupancy(bookings, shared)
    for batch in in_batches(place.lesson for place in places):
        for pk, party in read_parties(batch).items():
            is_away = lesson.teacher_id in party.people
            if not is_away and occupancy.lessons_against(party, *time) <= {lesson.pk, pk}:
                yield pk
