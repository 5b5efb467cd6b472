"""Somebody stands in for a teacher who is away.

Swapping and moving lessons is in `schedule.lessons.moving`, cancelling them in `schedule.lessons.cancel`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence

from django.db import transaction

from accounts.models import User
from edu_platform.lib.batches import in_batches
from schedule.lessons.cancel import LessonOver
from schedule.lessons.change import change_lessons
from schedule.lessons.may_teach import CannotTeach, cannot_teach
from schedule.lessons.moving import locked_in_order, require_takes_place
from schedule.lessons.plan import LessonPlan, plan_of
from schedule.models import Lesson, PlanningAction, Substitution


class NotATeacher(Exception):
    """The person who is to stand in may not teach; `user` and `reason` say who and why."""

    def __init__(self, user: User, reason: CannotTeach) -> None:
        super().__init__(user.username)
        self.user, self.reason = user, reason


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
    lessons = locked_in_order(teachers)
    for lesson in lessons.values():
        require_takes_place(lesson)
        if lesson.ends_at <= action.at:
            raise LessonOver(lesson)
    # First: what follows lessons that change hands asks for whom somebody stands in.
    _keep_for_whom(lessons, teachers, at=action.at)
    change_lessons(
        [(lesson, plan_taught_by(teachers[pk], lesson)) for pk, lesson in lessons.items()],
        action=action,
    )


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
