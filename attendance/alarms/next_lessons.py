"""The next lessons of the people inside classes that run past their planned end."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from django.db.models import Q
from django.utils import timezone

from attendance.presence.reading import Presence, people_by_user_id
from attendance.presence.saving import without_supervisors
from edu_platform.lib.batches import in_batches
from schedule.enums import LessonState, MembershipKind
from schedule.models import Lesson, Occupation, Room
from schedule.polling_times import OVERRUN_AFTER

# A class that runs past its end, its room, and who is inside.
RunsOver = tuple[Lesson, Room, Presence]


def next_lessons(classes: Mapping[int, RunsOver], at: dt.datetime) -> dict[int, dt.datetime]:
    """Return when the first of the next lessons of anybody inside begins, by the lesson that runs over.

    Three queries for hundreds of people. Supervisors have none.
    """
    applications = {room.sdk_app_id for _lesson, room, _presence in classes.values()}
    presences = [presence for _lesson, _room, presence in classes.values()]
    people = people_by_user_id(presences, applications)
    earliest = min(lesson.ends_at for lesson, _room, _presence in classes.values())
    starts = _starts_of(set(people.values()), earliest, at + OVERRUN_AFTER)
    next_at: dict[int, dt.datetime] = {}
    for lesson, _room, presence in classes.values():
        inside = [
            people[member.user_id]
            for member in without_supervisors(presence.members)
            if member.user_id in people
        ]
        starts_later = [
            starts_at
            for person_id in inside
            for other_id, starts_at in starts[person_id]
            if other_id != lesson.pk and starts_at >= lesson.ends_at
        ]
        if starts_later:
            next_at[lesson.pk] = min(starts_later)
    return next_at


def _starts_of(
    people: Collection[int], since: dt.datetime, until: dt.datetime
) -> defaultdict[int, list[tuple[int, dt.datetime]]]:
    """Return the lessons that begin in a period, and when, by the people whom they take."""
    starts: defaultdict[int, list[tuple[int, dt.datetime]]] = defaultdict(list)
    for person_ids in in_batches(sorted(people)):
        for person_id, lesson_id, starts_at in _taken(person_ids, since, until):
            starts[person_id].append((lesson_id, starts_at))
    return starts


def _taken(
    people: list[int], since: dt.datetime, until: dt.datetime
) -> Iterator[tuple[int, int, dt.datetime]]:
    occupations = Occupation.objects.filter(
        is_active=True,
        starts_at__gte=since,
        starts_at__lte=until,
        lesson__state=LessonState.PUBLISHED,
    )
    yield from occupations.filter(person__in=people).values_list("person", "lesson", "starts_at")
    day = timezone.localdate(since)
    is_student = Q(
        class_group__memberships__kind=MembershipKind.STUDENT,
        class_group__memberships__user__in=people,
    )
    is_not_over = Q(class_group__memberships__to_date=None) | Q(
        class_group__memberships__to_date__gte=day
    )
    has_begun = Q(class_group__memberships__from_date=None) | Q(
        class_group__memberships__from_date__lte=day
    )
    yield from occupations.filter(is_student, is_not_over, has_begun).values_list(
        "class_group__memberships__user", "lesson", "starts_at"
    )
