"""Cancelling lessons and restoring them, many as well as one; `action` and `known` are as for changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.db import transaction

from edu_platform.lib.batches import in_batches
from edu_platform.lib.queueing import enqueue_on_commit
from schedule import hooks
from schedule.enums import LessonState
from schedule.lessons.change import AS_IT_IS, Versions, locked, set_state
from schedule.lessons.locks import lock_parties
from schedule.lessons.plan import plan_of
from schedule.lessons.taking import take_again
from schedule.models import Lesson, Occupation, PlanningAction, Room
from schedule.rooms.sync import request_room_removal

# As of those that are planned.
ROWS_A_CANCELLED, ROWS_A_RESTORED = 7, 8


class LessonOver(Exception):
    """The lesson lies in the past, so it is not cancelled any more."""


class LessonIsDraft(Exception):
    """Nobody knows of a draft, so there is nothing to cancel: it can be deleted."""


def cancel_lesson(
    lesson: Lesson,
    *,
    reason: str,
    at: dt.datetime,
    action: PlanningAction | None = None,
    known: str = "",
) -> None:
    """Cancel one lesson as `cancel_lessons` does."""
    cancel_lessons([lesson], reason=reason, at=at, action=action, known={lesson.pk: known})


@transaction.atomic
def cancel_lessons(
    lessons: Collection[Lesson],
    *,
    reason: str,
    at: dt.datetime,
    action: PlanningAction | None = None,
    known: Versions = AS_IT_IS,
) -> None:
    """Cancel lessons, free everybody, and take their rooms out of the cloud. Safe to repeat.

    Raises:
        LessonOver: one of them lies in the past.
        LessonIsDraft: one was never published.
        Lesson.DoesNotExist: one was deleted meanwhile.
    """
    cancel_locked(locked(lessons, known), reason=reason, at=at, action=action)


def cancel_locked(
    lessons: Iterable[Lesson], *, reason: str, at: dt.datetime, action: PlanningAction | None
) -> None:
    """Cancel as above, in the transaction that has locked the lessons."""
    held = [lesson for lesson in lessons if not lesson.is_cancelled]
    for lesson in held:
        if lesson.is_draft:
            raise LessonIsDraft
        if lesson.ends_at <= at:
            raise LessonOver
        lesson.cancel_reason = reason
    if not held:
        return
    set_state(held, LessonState.CANCELLED, action or PlanningAction(reason=reason))
    lesson_ids = [lesson.pk for lesson in held]
    for batch in in_batches(lesson_ids):
        Occupation.objects.filter(lesson__in=batch).update(is_active=False)
    request_room_removal(lesson_ids)
    hooks.lessons_changed(lesson_ids)


def restore_lesson(
    lesson: Lesson, *, action: PlanningAction | None = None, known: str = ""
) -> None:
    """Restore one lesson as `restore_lessons` does."""
    restore_lessons([lesson], action=action, known={lesson.pk: known})


@transaction.atomic
def restore_lessons(
    lessons: Collection[Lesson],
    *,
    action: PlanningAction | None = None,
    known: Versions = AS_IT_IS,
) -> None:
    """Take cancellations back; the lessons get other rooms.

    Raises:
        LessonOverlaps: somebody was given another lesson meanwhile.
        ChangedMeanwhile: somebody has left in this moment.
        Lesson.DoesNotExist: one was deleted meanwhile.
    """
    restore_locked(locked(lessons, known), action=action)


def restore_locked(lessons: Iterable[Lesson], *, action: PlanningAction | None) -> None:
    """Restore as above, in the transaction that has locked the lessons."""
    cancelled = [lesson for lesson in lessons if lesson.is_cancelled]
    if not cancelled:
        return
    plans = [plan_of(lesson) for lesson in cancelled]
    lock_parties(plans)
    # First: a refusal must not take back an action that others of its lessons belong to as well.
    take_again(cancelled, plans)
    for lesson in cancelled:
        lesson.cancel_reason = ""
    set_state(cancelled, LessonState.PUBLISHED, action)
    lesson_ids = [lesson.pk for lesson in cancelled]
    for batch in in_batches(lesson_ids):
        gone = Room.objects.current().filter(lesson__in=batch, must_leave_cloud=True)
        gone.update(is_current=False)
    hooks.lessons_changed(lesson_ids)
    enqueue_on_commit("schedule.make_rooms_ahead")
