"""Rooms of coming lessons, made before anybody enters.

No function here may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Q
from django.utils import timezone

from accounts.models import SchoolSettings
from classroom.client.errors import (
    CloudError,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured
from edu_platform.lib.due import Rules, each
from edu_platform.lib.queueing import send_in_background
from edu_platform.lib.text import error_summary
from schedule.enums import LessonState, RoomReason
from schedule.models import Lesson, Room
from schedule.rooms.making import (
    LEASE,
    LessonWithdrawn,
    ensure_room,
)
from schedule.rooms.requests import RoomBeingMade
from schedule.rooms.retries import RETRY_REFUSED_AFTER
from schedule.rooms.time_left import NoTimeLeft

# Enough to use up the cloud's limit while each waits a quarter of a second for its answer.
MADE_AT_ONCE = 8
# A run that goes on has begun a room within this time; one that was killed holds nothing up for longer.
RUN_IS_SEEN_FOR = dt.timedelta(seconds=15)
MAKING_AHEAD = Rules(
    name="rooms ahead",
    limit_s=25,  # then others have a turn, and what is left goes on at once
    silent=(CloudUnavailable,),
    expected=(RoomBeingMade, NoTimeLeft, LessonWithdrawn, CloudRejected, CloudProtocolError),
)


def make_rooms_ahead(at: dt.datetime) -> int:
    """Make the missing rooms of the lessons inside the horizon, nearest first; say how many.

    Those that failed before come last. Stops early when the cloud does not answer: the next run goes on.
    """
    if not is_configured() or _is_another_at_it(at):
        return 0
    lessons = _lessons_one_by_one(at)
    run = each(MAKING_AHEAD, lessons, _make_ahead, at, threads=MADE_AT_ONCE)
    # A cloud that does not answer is left to the next run of the clock.
    if run.is_late and not run.silences and next(lessons, None) is not None:
        send_in_background("schedule.make_rooms_ahead")
    return run.done


def _is_another_at_it(at: dt.datetime) -> bool:
    """Tell whether another run is making rooms: it will look for more before it ends.

    Leases at the door are shorter, so they count for none.
    """
    begun_lately = at - RUN_IS_SEEN_FOR + LEASE[Priority.BACKGROUND]
    return Room.objects.current().filter(room_id=None, leased_until__gt=begun_lately).exists()


def _lessons_one_by_one(at: dt.datetime) -> Iterator[Lesson]:
    """Each lesson once, also those that are planned while rooms are made."""
    seen: set[int] = set()
    while lessons := [lesson for lesson in _lessons_without_room(at) if lesson.pk not in seen]:
        for lesson in lessons:
            seen.add(lesson.pk)
            yield lesson


def _make_ahead(lesson: Lesson) -> None:
    try:
        ensure_room(
            lesson, priority=Priority.BACKGROUND, reason=RoomReason.AHEAD, at=timezone.now()
        )
    except (CloudError, NoTimeLeft, LessonWithdrawn):
        raise
    except Exception as err:
        _put_off(lesson, err)
        raise


def _put_off(lesson: Lesson, err: Exception) -> None:
    """Try again later, after a fault of ours; somebody who enters may try at once."""
    at = timezone.now()
    Room.objects.current().filter(lesson=lesson, room_id=None).update(
        last_error=error_summary(err), failed_at=at, due_at=at + RETRY_REFUSED_AFTER
    )


def _lessons_without_room(at: dt.datetime) -> list[Lesson]:
    horizon = SchoolSettings.load().room_horizon
    has_room_or_waits = Room.objects.current().filter(Q(room_id__isnull=False) | Q(due_at__gt=at))
    lessons = list(
        Lesson.objects.filter(
            state=LessonState.PUBLISHED, starts_at__lt=at + horizon, ends_at__gt=at
        )
        .exclude(pk__in=has_room_or_waits.values("lesson"))
        .in_page_order()
    )
    failed = Room.objects.current().filter(room_id=None, failed_at__isnull=False)
    have_failed = set(failed.values_list("lesson", flat=True))
    return sorted(lessons, key=lambda lesson: lesson.pk in have_failed)
