"""Moving lessons in time: one to another time, or two to each other's; all else of them goes along."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection

from django.db import transaction

from schedule.lessons.cancel import LessonOver
from schedule.lessons.change import LessonFrozen, change_lesson, change_lessons, lessons_as_they_are
from schedule.lessons.locks import lock_lessons
from schedule.lessons.plan import LessonPlan, plan_of, snapshot_of_plan
from schedule.models import Lesson, LessonSnapshot, PlanningAction, topic_of
from schedule.occupancy.bookings import Party

# Lessons, and what would become of them.
Wanted = list[tuple[Lesson, LessonSnapshot]]


class NothingToSwap(Exception):
    """It is one lesson, both are at the same time, or one of them was cancelled."""


class LessonIsCancelled(LessonOver):
    """It does not take place: before anything else it is restored."""


@transaction.atomic
def swap(lesson: Lesson, other: Lesson, *, action: PlanningAction) -> None:
    """Exchange the times of two lessons, by one action; all else of each goes with it.

    Raises:
        NothingToSwap: it is one lesson, both are at the same time, or one was cancelled.
        LessonFrozen: one of them has begun, or is over.
        LessonOverlaps: a person, a class group or a student of one is taken at the time of the other.
        Lesson.DoesNotExist: one was deleted meanwhile.
    """
    if lesson.pk == other.pk:
        raise NothingToSwap
    lesson, other = locked_in_order([lesson.pk, other.pk]).values()
    is_same_time = (lesson.starts_at, lesson.ends_at) == (other.starts_at, other.ends_at)
    if lesson.is_cancelled or other.is_cancelled or is_same_time:
        raise NothingToSwap
    if min(lesson.starts_at, other.starts_at) <= action.at:
        raise LessonFrozen
    change_lessons(
        [
            (lesson, plan_held_at(lesson, other.starts_at, other.ends_at)),
            (other, plan_held_at(other, lesson.starts_at, lesson.ends_at)),
        ],
        action=action,
    )


@transaction.atomic
def move(lesson: Lesson, *, starts_at: dt.datetime, action: PlanningAction) -> None:
    """Move a lesson to another time; it keeps its length.

    Raises:
        LessonIsCancelled: it does not take place.
        LessonFrozen, LessonOverlaps: as `change_lesson`.
        Lesson.DoesNotExist: it was deleted meanwhile.
    """
    lesson = locked_in_order([lesson.pk])[lesson.pk]
    require_takes_place(lesson)
    # In UTC: where clocks change, hours of the wall are not as long as others.
    ends_at = starts_at.astimezone(dt.UTC) + (lesson.ends_at - lesson.starts_at)
    change_lesson(lesson, plan_held_at(lesson, starts_at, ends_at), action=action)


def locked_in_order(lesson_ids: Collection[int]) -> dict[int, Lesson]:
    """Return the lessons as they are now, by key, in this order; nobody else changes them until the transaction ends."""
    lock_lessons(Lesson(pk=pk) for pk in lesson_ids)
    lessons_by_key = {lesson.pk: lesson for lesson in lessons_as_they_are(lesson_ids)}
    if len(lessons_by_key) < len(lesson_ids):
        raise Lesson.DoesNotExist
    return {pk: lessons_by_key[pk] for pk in lesson_ids}


def require_takes_place(lesson: Lesson) -> None:
    """Let pass what was not cancelled.

    Raises:
        LessonIsCancelled: it was.
    """
    if lesson.is_cancelled:
        raise LessonIsCancelled(lesson)


def plan_held_at(lesson: Lesson, starts_at: dt.datetime, ends_at: dt.datetime) -> LessonPlan:
    """Return the plan of the lesson at another time, which a default title follows."""
    title = topic_of(lesson.title, lesson.course.name)
    return dataclasses.replace(plan_of(lesson), starts_at=starts_at, ends_at=ends_at, title=title)


def held_at(lesson: Lesson, starts_at: dt.datetime, ends_at: dt.datetime) -> LessonSnapshot:
    """Return what the lesson becomes at another time."""
    return snapshot_of_plan(plan_held_at(lesson, starts_at, ends_at), lesson.state)


def party_taken_by(lesson: Lesson) -> Party:
    """Return whom the lesson takes for itself; no query where it was read with its people and class groups."""
    groups = () if lesson.overlap_reason else lesson.class_groups.all()
    people = {lesson.teacher_id, *(user.pk for user in lesson.assistants.all())}
    return Party(frozenset(people), frozenset(group.pk for group in groups))
