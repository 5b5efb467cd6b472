"""With which other lessons a lesson could swap its time when its teacher is away."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from edu_platform.lib.batches import in_batches
from schedule.enums import LessonState
from schedule.models import LONGEST_LESSON, Lesson, Occupation
from schedule.models.lessons import OccupationQuerySet
from schedule.planning.shared_students import SharedStudents, read_shared_students
from schedule.selectors.absences import with_all
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
    places = [each for each in _places_near(lesson, at) if not each.is_within(*away)]
    if not places:
        return []
    shared = _students_shared(lesson, places)
    swappable = _swappable(lesson, _fitting(lesson, places, shared), shared)
    chosen = list(islice(swappable, MOST_SWAPS))
    found = {each.pk: each for each in with_all(Lesson.objects.filter(pk__in=chosen))}
    return [found[pk] for pk in chosen]


@dataclass(frozen=True, slots=True)
class _Place:
    """Another lesson, whose time it could take."""

    lesson: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    is_of_same_group: bool

    def is_within(self, starts_at: dt.datetime, ends_at: dt.datetime) -> bool:
        """Whether it shares a moment with this time."""
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
        (each for each in places if _period(each) != _period(lesson)),
        key=lambda each: (not each.is_of_same_group, abs(each.starts_at - lesson.starts_at)),
    )


def _period(either: Lesson | _Place) -> tuple[dt.datetime, dt.datetime]:
    return either.starts_at, either.ends_at


def _students_shared(lesson: Lesson, places: Iterable[_Place]) -> SharedStudents:
    starts = [lesson.starts_at, *(each.starts_at for each in places)]
    days = [timezone.localdate(each) for each in starts]
    return read_shared_students(first=min(days), last=max(days))


def _fitting(lesson: Lesson, places: Sequence[_Place], shared: SharedStudents) -> list[int]:
    """The lessons at whose times everybody of this one is free, but for those lessons themselves; one query."""
    party = _party_of(lesson)
    near = {each for group in party.class_groups for each in shared.neighbours.get(group, ())}
    who = Q(person__in=party.people) | Q(class_group__in=party.class_groups | near)
    since = min(each.starts_at for each in places) - LONGEST_LESSON
    until = max(each.ends_at for each in places)
    theirs = Occupation.objects.filter(who, starts_at__gt=since, starts_at__lt=until)
    bookings = _bookings_in(theirs)
    # Many lessons are at the same time.
    times = {_period(each) for each in places}
    against = {time: set(_standing_against(party, *time, bookings, shared)) for time in times}
    return [each.lesson for each in places if against[_period(each)] <= {lesson.pk, each.lesson}]


def _swappable(lesson: Lesson, others: Iterable[int], shared: SharedStudents) -> Iterator[int]:
    """Those of the lessons whose people and class groups are free at the time of this one."""
    time = _period(lesson)
    # By the start of lessons: of those of other days none is looked at.
    then = Occupation.objects.overlapping(starts_at=time[0], ends_at=time[1]).filter(
        lesson__starts_at__gt=time[0] - LONGEST_LESSON, lesson__starts_at__lt=time[1]
    )
    bookings = _bookings_in(then)
    for batch in in_batches(others):
        parties = _parties_of(batch)
        for pk in batch:
            against = _standing_against(parties[pk], *time, bookings, shared)
            is_away = lesson.teacher_id in parties[pk].people
            if not is_away and set(against) <= {lesson.pk, pk}:
                yield pk


# --- Who is free ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Party:
    """All whom a lesson takes; class groups only where they may not overlap."""

    people: frozenset[int]
    class_groups: frozenset[int]


def _party_of(lesson: Lesson) -> _Party:
    groups = () if lesson.overlap_reason else lesson.class_groups.all()
    people = {lesson.teacher_id, *(user.pk for user in lesson.assistants.all())}
    return _Party(frozenset(people), frozenset(group.pk for group in groups))


@dataclass(frozen=True, slots=True)
class _Booking:
    """A lesson takes a person or a class group."""

    lesson: int
    person: int | None
    class_group: int | None
    starts_at: dt.datetime
    ends_at: dt.datetime


def _bookings_in(occupations: OccupationQuerySet) -> list[_Booking]:
    rows = occupations.filter(is_active=True, is_exclusive=True)
    columns = ("lesson", "person", "class_group", "starts_at", "ends_at")
    return [_Booking(*row) for row in rows.values_list(*columns)]


def _parties_of(lesson_ids: Sequence[int]) -> dict[int, _Party]:
    people: dict[int, set[int]] = defaultdict(set)
    groups: dict[int, set[int]] = defaultdict(set)
    for each in _bookings_in(Occupation.objects.filter(lesson__in=lesson_ids)):
        if each.person is not None:
            people[each.lesson].add(each.person)
        if each.class_group is not None:
            groups[each.lesson].add(each.class_group)
    return {pk: _Party(frozenset(people[pk]), frozenset(groups[pk])) for pk in lesson_ids}


def _standing_against(
    party: _Party,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    bookings: Iterable[_Booking],
    shared: SharedStudents,
) -> Iterator[int]:
    """The lessons that keep any of the party, or of its students, from being there at that time."""
    day = timezone.localdate(starts_at)
    for each in bookings:
        is_then = each.starts_at < ends_at and each.ends_at > starts_at
        if is_then and (_takes(each, party) or _takes_students(each, party, day, shared)):
            yield each.lesson


def _takes(booking: _Booking, party: _Party) -> bool:
    return booking.person in party.people or booking.class_group in party.class_groups


def _takes_students(booking: _Booking, party: _Party, day: dt.date, shared: SharedStudents) -> bool:
    other = booking.class_group
    if other is None:
        return False
    then = timezone.localdate(booking.starts_at)
    near = party.class_groups & shared.neighbours.get(other, set())
    return any(shared.in_both(group, day, other, then) for group in near)
