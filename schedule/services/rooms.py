"""One current room of the cloud for each lesson, however many ask for it at once.

Who makes a room first leases its row by a conditional update; everybody else waits for the outcome.

No function here may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import time

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from accounts.models import SchoolSettings
from classroom.client.errors import (
    CloudError,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured, sdk_app_id
from edu_platform.lib.database import release_database
from edu_platform.lib.due import Rules, each
from edu_platform.lib.text import error_summary
from schedule import hooks
from schedule.enums import CloudStatus, LessonState, RoomReason
from schedule.models import Lesson, Room
from schedule.services.room_plans import NoTimeLeft
from schedule.services.room_requests import RoomBeingMade, make_room

logger = logging.getLogger(__name__)

# After it a lease counts as abandoned (its process was killed): short, because people wait for it.
# A process that is slower than this finds another's room, or deletes its own as one too many.
LEASE = {
    Priority.INTERACTIVE: dt.timedelta(seconds=30),
    Priority.CLASS_ENDED: dt.timedelta(seconds=45),
    Priority.BACKGROUND: dt.timedelta(seconds=45),
}
WAIT_FOR_OTHERS_S = 12.0
WAIT_STEP_S = 0.2
RETRY_REFUSED_AFTER = dt.timedelta(minutes=10)


class LessonWithdrawn(Exception):
    """The lesson was cancelled since it was read, so it gets no room."""


class RoomStillOpen(Exception):
    """The lesson has a room that can be entered; there is no need for another."""


class RoomTaken(Exception):
    """The room belongs to another lesson."""


class LessonHasRoom(Exception):
    """The lesson has another room already."""


MAKING_AHEAD = Rules(
    name="rooms ahead",
    limit_s=25,  # shorter than the pause between two runs, so that they seldom overlap
    silent=(CloudUnavailable,),
    expected=(RoomBeingMade, NoTimeLeft, LessonWithdrawn, CloudRejected, CloudProtocolError),
)


def ensure_room(lesson: Lesson, *, priority: Priority, reason: RoomReason, at: dt.datetime) -> Room:
    """Return the lesson's current room, asking the cloud for it when there is none.

    Safe to call from any number of threads and processes at once: one asks, the others wait.

    Raises:
        NoTimeLeft: the planned end has passed.
        LessonWithdrawn: the lesson was cancelled meanwhile.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not make the room.
    """
    room = _current_row(lesson, reason)
    waiting_since = timezone.now()
    deadline = time.monotonic() + WAIT_FOR_OTHERS_S
    while not room.is_made:
        if lesson.ends_at <= at:
            raise NoTimeLeft
        if room.must_leave_cloud:
            break
        if _lease(room, priority):
            return _make_leased(room, lesson, priority, at)
        if priority is not Priority.INTERACTIVE or time.monotonic() > deadline:
            raise RoomBeingMade
        release_database()
        time.sleep(WAIT_STEP_S)
        room.refresh_from_db()
        if not room.is_current:
            room = _current_row(lesson, reason)
        elif room.failed_at and room.failed_at > waiting_since and not room.is_made:
            # The first request got no answer: forty more would get none either.
            raise CloudUnavailable("CreateRoom", room.last_error, outcome_is_known=True)
    if room.must_leave_cloud:
        raise LessonWithdrawn
    return room


def replace_room(room: Room, reason: RoomReason) -> None:
    """Put a room aside, so that the lesson's next one is made. Of several at once one acts.

    The room of a lesson that was cancelled meanwhile has no next one.
    """
    with transaction.atomic():
        # First the lesson, then its room: the order in which lessons are cancelled.
        lesson = Lesson.objects.select_for_update(of=("self",)).filter(rooms=room).first()
        updated = (
            Room.objects.current()
            .filter(pk=room.pk)
            .update(is_current=False, must_change_in_cloud=False)
        )
        if updated and lesson is not None and not lesson.is_cancelled:
            _add_row(lesson.pk, reason)
            logger.warning("room %s is replaced: %s", room.room_id, reason)
        if updated:
            hooks.rooms_changed([room.pk])


def open_another_room(lesson: Lesson, *, at: dt.datetime, may_leave_running: bool = False) -> None:
    """Give the lesson a fresh room, after a class that was ended by mistake.

    With `may_leave_running` also while the class runs: for changes that its room no longer takes,
    such as another teacher. Those inside have to enter again.

    Raises:
        NoTimeLeft: the planned end has passed.
        RoomStillOpen: the present room can be entered.
    """
    if lesson.ends_at <= at:
        raise NoTimeLeft
    room = Room.objects.current().filter(lesson=lesson).first()
    if room is None or not room.is_made:
        return
    is_closed = room.cloud_status in {CloudStatus.ENDED, CloudStatus.EXPIRED}
    is_running = room.cloud_status == CloudStatus.RUNNING
    if not is_closed and not (is_running and may_leave_running):
        raise RoomStillOpen
    replace_room(room, RoomReason.REOPENED if is_closed else RoomReason.FROZEN)


def make_rooms_ahead(at: dt.datetime) -> int:
    """Make the missing rooms of the lessons inside the horizon, nearest first; say how many.

    Those that failed before come last. Stops early when the cloud does not answer: the next run goes on.
    """
    if not is_configured():
        return 0
    return each(MAKING_AHEAD, _lessons_without_room(at), _make_ahead, at).done


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
        .select_related("course", "teacher")
        .in_page_order()
    )
    failed = Room.objects.current().filter(room_id=None, failed_at__isnull=False)
    have_failed = set(failed.values_list("lesson", flat=True))
    return sorted(lessons, key=lambda lesson: lesson.pk in have_failed)


def _current_row(lesson: Lesson, reason: RoomReason) -> Room:
    room = Room.objects.current().filter(lesson=lesson).first()
    if room is not None:
        return room
    with transaction.atomic():
        # The lesson's row is the queue: the second in line finds the first one's room.
        is_cancelled = Lesson.objects.select_for_update().get(pk=lesson.pk).is_cancelled
        room = Room.objects.current().filter(lesson=lesson).first()
        if room is None and is_cancelled:
            raise LessonWithdrawn
        return room or _add_row(lesson.pk, reason)


def _add_row(lesson_id: int, reason: RoomReason) -> Room:
    return Room.objects.create(
        lesson_id=lesson_id,
        sdk_app_id=sdk_app_id(),
        generation=next_generation(lesson_id),
        reason=reason,
    )


def next_generation(lesson_id: int) -> int:
    """The number of the lesson's next room, counted from 1."""
    last = Room.objects.filter(lesson=lesson_id).aggregate(last=Max("generation"))["last"]
    return int(last or 0) + 1


def _lease(room: Room, priority: Priority) -> bool:
    unmade = Room.objects.current().filter(pk=room.pk, room_id=None, must_leave_cloud=False)
    is_mine = unmade.lease(room, LEASE[priority], at=timezone.now())
    if is_mine:
        room.refresh_from_db()
    return is_mine


def _make_leased(room: Room, lesson: Lesson, priority: Priority, at: dt.datetime) -> Room:
    """Make the room under our lease, and end the lease whatever happens."""
    token = room.lease_token
    try:
        return make_room(room, lesson, priority, at)
    except RoomBeingMade:
        # Our lease ran out, and the next in line may have been quicker.
        room.refresh_from_db()
        if room.is_made:
            return room
        raise
    except CloudError as err:
        is_refusal = isinstance(err, CloudRejected)
        Room.objects.filter(pk=room.pk, lease_token=token).update(
            last_error=str(err)[:255],
            failed_at=timezone.now(),
            due_at=timezone.now() + RETRY_REFUSED_AFTER if is_refusal else None,
        )
        raise
    finally:
        Room.objects.filter(pk=room.pk).release(token)


@transaction.atomic
def attach_history_room(lesson: Lesson, room_id: int) -> bool:
    """Make a known room the lesson's own and say if that is new; repeating it is harmless.

    Nothing is claimed of the room but that it exists: what became of it is read from the cloud.

    Raises:
        RoomTaken: the room belongs to another lesson.
        LessonHasRoom: the lesson has a current room, made or being made, and it is not this one.
    """
    Lesson.objects.select_for_update(of=("self",)).get(pk=lesson.pk)
    known = Room.objects.select_for_update().filter(room_id=room_id).first()
    if known is not None and known.lesson_id == lesson.pk:
        return False
    if known is not None and known.lesson_id is not None:
        raise RoomTaken
    if Room.objects.current().filter(lesson=lesson).exists():
        raise LessonHasRoom
    if known is None:
        known = Room(room_id=room_id, sdk_app_id=sdk_app_id())
    known.lesson = lesson
    known.generation = next_generation(lesson.pk)
    known.reason = RoomReason.HISTORY
    known.is_current = True
    known.save()
    hooks.rooms_changed([known.pk])
    return True
