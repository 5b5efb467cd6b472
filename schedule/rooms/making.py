"""One current room of the cloud for each lesson, however many ask for it at once.

Who makes a room first leases its row by a conditional update; everybody else waits for the outcome.

No function here that asks the cloud may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from classroom.client.errors import (
    CloudError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority
from classroom.client.transport import sdk_app_id
from edu_platform.lib.database import release_database
from edu_platform.lib.statements import Statement
from schedule import hooks
from schedule.enums import RoomReason
from schedule.models import Lesson, Room
from schedule.rooms.requests import RoomBeingMade, make_room
from schedule.rooms.retries import RETRY_REFUSED_AFTER
from schedule.rooms.time_left import NoTimeLeft

# After it a lease counts as abandoned (its process was killed): short, because people wait for it.
# A process that is slower than this finds another's room, or deletes its own as one too many.
LEASE = {
    Priority.INTERACTIVE: dt.timedelta(seconds=30),
    Priority.CLASS_ENDED: dt.timedelta(seconds=45),
    Priority.BACKGROUND: dt.timedelta(seconds=45),
}
WAIT_FOR_OTHERS_S = 12.0
WAIT_STEP_S = 0.2


class LessonWithdrawn(Exception):
    """The lesson was cancelled or deleted since it was read, so it gets no room."""


# --- Rooms of lessons to come ---------------------------------------------------------------------


def ensure_room(lesson: Lesson, *, priority: Priority, reason: RoomReason, at: dt.datetime) -> Room:
    """Return the lesson's current room, asking the cloud for it when there is none.

    Safe to call from any number of threads and processes at once: one asks, the others wait.

    Raises:
        NoTimeLeft: the planned end has passed.
        LessonWithdrawn: the lesson was cancelled or deleted meanwhile.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not make the room.
    """
    try:
        return _make_or_await(lesson, priority=priority, reason=reason, at=at)
    except (Lesson.DoesNotExist, Room.DoesNotExist) as err:
        raise LessonWithdrawn from err  # rooms go with their lessons alone


def _make_or_await(
    lesson: Lesson, *, priority: Priority, reason: RoomReason, at: dt.datetime
) -> Room:
    room = _current_row(lesson, reason)
    waiting_since = timezone.now()
    deadline = time.monotonic() + WAIT_FOR_OTHERS_S
    while not room.is_made:
        if lesson.ends_at <= at:  # as it was read: who comes again reads it anew
            raise NoTimeLeft
        if room.must_leave_cloud:
            break
        if _lease(room, priority):
            room = _make_leased(room, priority, at)
            break
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


def _current_row(lesson: Lesson, reason: RoomReason) -> Room:
    room = _CURRENT.first(lesson_id=lesson.pk)
    if room is not None:
        return room
    with transaction.atomic():
        # The lesson's row is the queue: the second in line finds the first one's room.
        locked_lesson = _LOCKED.first(lesson_id=lesson.pk)
        room = _CURRENT.first(lesson_id=lesson.pk)
        if locked_lesson is None or (room is None and locked_lesson.is_cancelled):
            raise LessonWithdrawn
        return room or add_row(lesson.pk, reason)


_CURRENT = Statement(
    lambda lesson_id: Room.objects.current().filter(lesson=lesson_id).order_by("pk")[:1]
)
_LOCKED = Statement(lambda lesson_id: Lesson.objects.select_for_update().filter(pk=lesson_id))


def add_row(lesson_id: int, reason: RoomReason, **values: Any) -> Room:
    """The row of the lesson's next room, before the cloud has made it."""
    return Room.objects.create(
        lesson_id=lesson_id,
        sdk_app_id=sdk_app_id(),
        generation=next_generation(lesson_id),
        reason=reason,
        **values,
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


def _make_leased(room: Room, priority: Priority, at: dt.datetime) -> Room:
    """Make the room under our lease, and end the lease whatever happens."""
    token = room.lease_token
    try:
        return make_room(room, priority, at)
    except Lesson.DoesNotExist:
        # Deleting the lesson kept the row, which was ours; with a request, a worker takes its room out.
        Room.objects.filter(pk=room.pk, lease_token=token, requests=None).delete()
        raise
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


# --- Rooms of lessons that were held elsewhere ----------------------------------------------------


class RoomTaken(Exception):
    """The room belongs to another lesson."""


class LessonHasRoom(Exception):
    """The lesson has another room already."""


@transaction.atomic
def attach_history_room(lesson: Lesson, room_id: int) -> bool:
    """Make a known room the lesson's own and say if that is new; repeating it is harmless.

    Nothing is claimed of the room but that it exists: what became of it is read from the cloud.

    Raises:
        RoomTaken: the room belongs to another lesson.
        LessonHasRoom: the lesson has a current room, made or being made, and it is not this one.
    """
    Lesson.objects.select_for_update(of=("self",)).get(pk=lesson.pk)
    room = Room.objects.select_for_update().filter(room_id=room_id).first()
    if room is not None and room.lesson_id == lesson.pk:
        return False
    if room is not None and room.lesson_id is not None:
        raise RoomTaken
    if Room.objects.current().filter(lesson=lesson).exists():
        raise LessonHasRoom
    if room is None:
        room = Room(room_id=room_id, sdk_app_id=sdk_app_id())
    room.lesson = lesson
    room.generation = next_generation(lesson.pk)
    room.reason = RoomReason.HISTORY
    room.is_current = True
    room.save()
    hooks.rooms_changed([room.pk])
    return True
