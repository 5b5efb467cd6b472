"""Lessons whose alarms are to be judged at once; who notices that something changed need not know the rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from attendance.models import LessonWatch
from edu_platform.lib.batches import in_batches
from edu_platform.lib.queueing import enqueue_on_commit

WATCH_TASK = "attendance.watch_due"


def judge_soon(lesson_ids: Collection[int], at: dt.datetime) -> None:
    """Make those of these lessons due for judging that are watched. Inside the caller's transaction."""
    is_any_watched = False
    for some_ids in in_batches(sorted(lesson_ids)):
        is_any_watched |= bool(
            LessonWatch.objects.filter(pk__in=some_ids).update_in_order(due_at=at)
        )
    if is_any_watched:
        enqueue_on_commit(WATCH_TASK)
