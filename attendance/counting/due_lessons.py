"""Lessons that are counted anew: whatever changes makes them due, and workers count them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import SchoolSettings
from attendance.counting.lessons import count_lesson
from attendance.counting.school_rules import school_rules
from attendance.models import LessonAttendance
from edu_platform.lib.batches import in_batches
from edu_platform.lib.due import DueLoop, Rules, exponential
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.statements import Statement
from schedule.enums import LessonState
from schedule.models import Lesson

COUNT_TASK = "attendance.count_due"
LESSONS_A_RUN = 500
RUN_LIMIT_S = 25.0
LEASE = dt.timedelta(minutes=5)
FIRST_RETRY, LAST_RETRY = dt.timedelta(seconds=30), dt.timedelta(hours=1)
# Lessons that ended longer ago are counted when somebody asks for them (`sync_attendance`): an installation
# that gets this release has years of lessons.
LOOKED_BACK = dt.timedelta(days=7)
NEWEST_AT_ONCE = 500


def count_soon(lesson_ids: Collection[int], at: dt.datetime, *, can_wait: bool = False) -> None:
    """Have workers count these lessons; those without attendance get one. Inside the caller's transaction.

    What can wait is counted at the next turn of the clock: where hundreds of rooms are told of one by one, a message
    for each would keep workers from hearing of the others.
    """
    expect_attendance(lesson_ids)
    recount(lesson_ids, at, can_wait=can_wait)


def recount(lesson_ids: Collection[int], at: dt.datetime, *, can_wait: bool = False) -> None:
    """Have workers count those of these lessons anew that have attendance; `can_wait` as in `count_soon`."""
    has_some = False
    for some_ids in in_batches(sorted(lesson_ids)):
        rows = LessonAttendance.objects.filter(pk__in=some_ids)
        has_some |= bool(rows.update_in_order(due_at=at))
    if has_some and not can_wait:
        enqueue_on_commit(COUNT_TASK)


def expect_attendance(lesson_ids: Collection[int]) -> None:
    """Give attendance to those of these lessons that have none, by the rules of the school for now."""
    rules = school_rules(SchoolSettings.load())
    new = [
        LessonAttendance(
            lesson_id=lesson_id,
            late_after_s=rules.late_after_s,
            left_early_s=rules.left_early_s,
            absent_below_percent=rules.absent_below_percent,
        )
        for lesson_id in sorted(lesson_ids)
    ]
    LessonAttendance.objects.bulk_create(new, ignore_conflicts=True)


def forget(lesson_ids: Collection[int]) -> None:
    """Delete the attendance of lessons that are about to be deleted: nobody was in their classes."""
    for some_ids in in_batches(sorted(lesson_ids)):
        LessonAttendance.objects.filter(pk__in=some_ids).delete()


def expect_ended(at: dt.datetime) -> None:
    """Have lessons counted whose planned end has passed since the last run: their rules and roster are frozen."""
    ended = _ENDED.rows(earliest_start=at - LOOKED_BACK, at=at)
    if ended:
        count_soon(ended, at)


def count_since(since: dt.datetime, at: dt.datetime) -> int:
    """Have all published lessons counted that began since then and are over; return how many."""
    over = Lesson.objects.filter(
        state=LessonState.PUBLISHED, starts_at__gte=since, starts_at__lt=at, ends_at__lte=at
    )
    lesson_ids = list(over.order_by("pk").values_list("pk", flat=True))
    for some_ids in in_batches(lesson_ids):
        with transaction.atomic():
            count_soon(some_ids, at)
    return len(lesson_ids)


def count_due(at: dt.datetime) -> int:
    """Count every due lesson; return how many were counted."""
    loop = DueLoop(
        rules=Rules(name="attendance", limit_s=RUN_LIMIT_S),
        rows=LessonAttendance.objects.all(),
        lease=LEASE,
        pause=lambda row, _err, _at: exponential(row.attempts, FIRST_RETRY, LAST_RETRY),
    )
    return loop.run(_DUE.rows(at=at), lambda row: count_lesson(row.pk, timezone.now()), at).done


_DUE = Statement(lambda at: LessonAttendance.objects.due(at)[:LESSONS_A_RUN])
_UNFROZEN = Q(attendance=None) | Q(attendance__frozen_at=None, attendance__due_at=None)
# The newest first: people look at them.
_ENDED = Statement(
    lambda earliest_start, at: (
        Lesson.objects.filter(
            _UNFROZEN,
            state=LessonState.PUBLISHED,
            starts_at__gte=earliest_start,
            starts_at__lt=at,
            ends_at__lte=at,
        )
        .order_by(F("starts_at").desc(), "pk")
        .values_list("pk", flat=True)[:NEWEST_AT_ONCE]
    )
)
