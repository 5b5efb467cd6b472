"""Changes to the lessons of a teacher who is away: somebody stands in, two lessons swap, or one moves.

Cancelling them is `schedule.lessons.cancel.cancel_lesson`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from django.db import transaction

from accounts.models import User
from edu_platform.lib.batches import in_batches
from schedule.lessons.cancel import LessonOver
from schedule.lessons.change import LessonFrozen, change_lesson, change_lessons, lessons_as_they_are
from schedule.lessons.locks import lock_lessons
from schedule.lessons.may_teach import CannotTeach, cannot_teach
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.models import Lesson, PlanningAction, Substitution, topic_of


class NotATeacher(Exception):
    """The person who is to stand in may not teach; `user` and `reason` say who and why."""

    def __init__(self, user: User, reason: CannotTeach) -> None:
        super().__init__(user.username)
        self.user, self.reason = user, reason


class NothingToSwap(Exception):
    """It is one lesson, both are at the same time, or one of them was cancelled."""


class LessonIsCancelled(LessonOver):
    """It does not take place: before anything else it is restored."""


@transaction.atomic
def stand_in(pairs: Sequence[tuple[Lesson, User]], *, action: PlanningAction) -> None:
    """Give each of these lessons to this teacher from now on, all of them or none.

    Who assisted in it does not any more. Who was to teach it is kept; giving the lesson back to them ends the
    substitution.

    Raises:
        NotATeacher: somebody of them is inactive, or does not have the role.
        LessonOver: one of the lessons lies in the past, or was cancelled.
        LessonFrozen: the class of one has begun.
        LessonOverlaps: somebody of them is in another lesson, or is given two at once.
        Lesson.DoesNotExist: one was deleted meanwhile.
    """
    for _lesson, user in pairs:
        if reason := cannot_teach(user):
            raise NotATeacher(user, reason)
    teachers = {lesson.pk: user for lesson, user in pairs}
    lessons = _locked(teachers)
    for lesson in lessons.values():
        _require_takes_place(lesson)
        if lesson.ends_at <= action.at:
            raise LessonOver(lesson)
    # First: what follows lessons that change hands asks for whom somebody stands in.
    _keep_for_whom(lessons, teachers, at=action.at)
    change_lessons(
        [(lesson, plan_taught_by(teachers[pk], lesson)) for pk, lesson in lessons.items()],
        action=action,
    )


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
    one, two = _locked([lesson.pk, other.pk]).values()
    is_same_time = (one.starts_at, one.ends_at) == (two.starts_at, two.ends_at)
    if one.is_cancelled or two.is_cancelled or is_same_time:
        raise NothingToSwap
    if min(one.starts_at, two.starts_at) <= action.at:
        raise LessonFrozen
    change_lessons(
        [
            (one, plan_held_at(one, two.starts_at, two.ends_at)),
            (two, plan_held_at(two, one.starts_at, one.ends_at)),
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
    lesson = _locked([lesson.pk])[lesson.pk]
    _require_takes_place(lesson)
    # In UTC: where clocks change, hours of the wall are not as long as others.
    ends_at = starts_at.astimezone(dt.UTC) + (lesson.ends_at - lesson.starts_at)
    change_lesson(lesson, plan_held_at(lesson, starts_at, ends_at), action=action)


def _locked(lesson_ids: Collection[int]) -> dict[int, Lesson]:
    """The lessons as they are now, by key, in this order; nobody else changes them until the transaction ends."""
    lock_lessons(Lesson(pk=pk) for pk in lesson_ids)
    lessons_by_key = {lesson.pk: lesson for lesson in lessons_as_they_are(lesson_ids)}
    if len(lessons_by_key) < len(lesson_ids):
        raise Lesson.DoesNotExist
    return {pk: lessons_by_key[pk] for pk in lesson_ids}


def _require_takes_place(lesson: Lesson) -> None:
    if lesson.is_cancelled:
        raise LessonIsCancelled(lesson)


def _keep_for_whom(
    lessons: Mapping[int, Lesson], teachers: Mapping[int, User], *, at: dt.datetime
) -> None:
    """Save whose the lessons are that get another teacher, and that nobody stands in for yet."""
    substituted_ids: set[int] = set()
    for batch in in_batches(lessons):
        rows = Substitution.objects.filter(lesson__in=batch)
        substituted_ids.update(rows.values_list("lesson", flat=True))
    Substitution.objects.bulk_create(
        Substitution(lesson=lesson, absent_teacher=lesson.teacher, made_at=at)
        for pk, lesson in lessons.items()
        if pk not in substituted_ids and lesson.teacher != teachers[pk]
    )


def plan_taught_by(user: User, lesson: Lesson) -> LessonPlan:
    """The plan of the lesson with another teacher, who assists in it no longer."""
    plan = plan_of(lesson)
    assistants = tuple(assistant for assistant in plan.assistants if assistant != user)
    return dataclasses.replace(plan, teacher=user, assistants=assistants)


def plan_held_at(lesson: Lesson, starts_at: dt.datetime, ends_at: dt.datetime) -> LessonPlan:
    """The plan of the lesson at another time, which a default title follows."""
    title = topic_of(lesson.title, lesson.course.name)
    return dataclasses.replace(plan_of(lesson), starts_at=starts_at, ends_at=ends_at, title=title)
