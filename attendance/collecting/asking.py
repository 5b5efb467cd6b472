"""Asking about every room that is due. No function here may run inside a transaction."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from attendance.collecting.asking_times import (
    FIRST_ASKING,
    FIRST_WAIT,
    GROWTH,
    LONGEST_SILENCE_WAIT,
    next_asking,
)
from attendance.collecting.fetching import fetch_answer
from attendance.collecting.saving import give_up, save_answer
from attendance.counting.due_lessons import COUNT_TASK
from attendance.enums import MissingReason
from attendance.models import RoomStatistics, RoomStatisticsQuerySet
from classroom.client.errors import (
    CloudNotConfigured,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.transport import is_configured, sdk_app_id
from classroom.enums import Source
from edu_platform.lib.due import DueLoop, Rules, Run, by_age
from edu_platform.lib.queueing import send_in_background
from edu_platform.lib.statements import Statement

ASK_TASK = "attendance.ask_due"
ROOMS_A_RUN = 500
# Enough to use up the cloud's limits while each waits a quarter of a second for each of three answers.
ASKED_AT_ONCE = 8
RUN_LIMIT_S = 25.0
GO_ON_AFTER_S = 2.0
# The lease of one room; after it the room is due again, if its worker was killed.
LEASE = dt.timedelta(minutes=5)
ASKING = Rules(
    name="who was in class",
    limit_s=RUN_LIMIT_S,
    silent=(CloudUnavailable,),
    expected=(CloudRejected, CloudProtocolError, CloudNotConfigured),
)


def ask_due(at: dt.datetime, *, source: Source = Source.POLL) -> Run | None:
    """Ask about every due room, several at once, what failed of late last; None without a cloud to ask.

    Stops when the cloud does not answer: the next run goes on.
    """
    if not is_configured():
        return None
    loop = DueLoop(
        rules=ASKING,
        rows=RoomStatistics.objects.all(),
        lease=LEASE,
        pause=pause,
        failed=_give_up_in_time,
    )
    due = _DUE.rows(at=at, application=sdk_app_id())

    def ask(row: RoomStatistics) -> None:
        answer = fetch_answer(row, source=source)
        save_answer(row.pk, answer, timezone.now())
        if answer.refusal is not None:
            raise answer.refusal

    run = loop.run(due, ask, at, threads=ASKED_AT_ONCE)
    if run.done:
        send_in_background(COUNT_TASK)
        _go_on_soon()
    return run


def _go_on_soon() -> None:
    """Ask again in a moment where more classes end just now: among many callbacks the clock's own turn may be missed."""
    soon = timezone.now() + FIRST_ASKING
    rooms = rooms_to_ask(sdk_app_id()).filter(statistics_at=None)
    if rooms.due(soon).exists():
        send_in_background(ASK_TASK, delay_s=GO_ON_AFTER_S)


def rooms_to_ask(application: int) -> RoomStatisticsQuerySet:
    """Return the rooms of an application that are asked about when they are due."""
    return RoomStatistics.objects.filter(room__room_id__isnull=False, room__sdk_app_id=application)


_DUE = Statement(
    lambda at, application: rooms_to_ask(application).due(at).select_related("room")[:ROOMS_A_RUN]
)


def pause(row: RoomStatistics, err: Exception, at: dt.datetime) -> dt.timedelta | None:
    """Return how long a room waits that the cloud did not tell of; None when it is given up."""
    if isinstance(err, CloudUnavailable):
        silence = at - (row.unreachable_since or at)
        return by_age(silence, GROWTH, FIRST_WAIT, LONGEST_SILENCE_WAIT)
    due_at = next_asking(row.ended_at, at)
    return None if due_at is None else due_at - at


def _give_up_in_time(row: RoomStatistics, err: Exception, at: dt.datetime) -> None:
    if pause(row, err, at) is None:
        give_up(row.pk, MissingReason.REFUSED, at)
