"""Syncs changed and cancelled lessons to the cloud.

The lesson is the truth; what the cloud was last told stands in the room's `sent_` columns, and only
differences are sent. A room is flagged in the transaction that changes its lesson, and the flag
falls when nothing differs any more, so no change is lost between the two.

No function here may run inside a transaction, but those that flag rooms, which belong into it.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from classroom.client import rooms as cloud_rooms
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomDetails
from classroom.client.transport import is_configured
from edu_platform.lib.batches import in_batches
from edu_platform.lib.due import DueLoop, Rules, exponential
from edu_platform.lib.queueing import enqueue_on_commit
from schedule import hooks
from schedule.enums import CloudStatus
from schedule.models import Room, lesson_of, lock_lesson_of
from schedule.rooms.refusals import next_attempt
from schedule.rooms.requests import MOST_ADJUSTMENTS
from schedule.rooms.sending import first_attempt, note_described, send, wanted_plan

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=5)
FIRST_RETRY = dt.timedelta(seconds=30)
LAST_RETRY = dt.timedelta(hours=1)
SYNCING = Rules(
    name="rooms whose lessons changed",
    limit_s=50,  # shorter than the pause between two runs, so that they seldom overlap
    silent=(CloudUnavailable,),
    stop_after=1,
    expected=(CloudRejected, CloudProtocolError),
)
# How often a recording that the cloud refused is asked for again, in case there is storage now.
ASK_FOR_RECORDING_EVERY = dt.timedelta(hours=1)


def sync_rooms(at: dt.datetime) -> None:
    """Carry over every room whose lesson changed or was cancelled, and whose turn it is.

    Stops early when the cloud does not answer: the next run goes on, with the rooms after these.
    """
    if not is_configured():
        return
    flagged = Room.objects.to_sync()
    flagged.plan_missing(at)
    loop = DueLoop(
        rules=SYNCING, rows=Room.objects.all(), lease=LEASE, pause=_pause, failed=_note_failure
    )
    loop.run(flagged.due(at), _sync, at)


def _pause(room: Room, _err: Exception, _at: dt.datetime) -> dt.timedelta:
    return exponential(room.attempts, FIRST_RETRY, LAST_RETRY)


def _note_failure(room: Room, _err: Exception, at: dt.datetime) -> None:
    Room.objects.filter(pk=room.pk).update(failed_at=at)


def ask_again_for_recordings(at: dt.datetime) -> None:
    """Mark one recording that the cloud refused, and those of classes that begin soon, to be asked for again.

    The rest follows as soon as the cloud takes one. Nothing is asked here: the next run does so.
    """
    refused = (
        Room.objects.current()
        .open()
        .filter(
            recording_refused=True,
            cloud_status=CloudStatus.NOT_STARTED,
            must_leave_cloud=False,
            lesson__starts_at__gt=at,
        )
        .order_by("lesson__starts_at", "pk")
    )
    # Twice before they begin, should a run be missed.
    soon = Q(lesson__starts_at__lte=at + 2 * ASK_FOR_RECORDING_EVERY)
    ids = {
        *refused.values_list("pk", flat=True)[:1],
        *refused.filter(soon).values_list("pk", flat=True),
    }
    Room.objects.filter(pk__in=ids).flag_changed(must_ask_for_recording=True)


def _sync(room: Room) -> None:
    room.refresh_from_db()
    if room.must_leave_cloud:
        _take_out(room)
    elif room.is_made:
        sync_room(room, Priority.BACKGROUND)


def sync_room(room: Room, priority: Priority, *, details: RoomDetails | None = None) -> None:
    """Send what differs between the lesson and what the cloud was told. Safe to repeat.

    `details` is the room as the cloud has just described it: it may have other values than it was told.

    Raises:
        Lesson.DoesNotExist: the lesson was deleted.
        CloudUnavailable, CloudProtocolError: ask again later.
        CloudRejected: the cloud refuses this change.
    """
    if room.is_change_unanswered and details is None:
        # Whether the cloud took the last change is unknown, so it is asked before it is told anything.
        details = cloud_rooms.describe_room(room.number, priority)
    if details is not None:
        note_described(room, details)
    lesson = lesson_of(room)
    attempt = first_attempt(room, lesson, wanted_plan(lesson, room, priority))
    for _adjustment in range(MOST_ADJUSTMENTS):
        try:
            return send(room, attempt, priority)
        except CloudRejected as err:
            adjusted = next_attempt(err, room, lesson, attempt, priority)
        if adjusted is None:
            return None
        attempt = adjusted
    return send(room, attempt, priority)


def _take_out(room: Room) -> None:
    """Remove the room of a cancelled lesson; a class that runs already is ended."""
    is_gone = room.room_id is not None and _delete_or_end(room.room_id)
    # A room that a lost answer made is removed by the nightly run.
    room.requests.filter(settled_at=None).update(settled_at=timezone.now())
    with transaction.atomic():
        lock_lesson_of(room.pk)
        Room.objects.filter(pk=room.pk).update(
            is_current=False,
            must_leave_cloud=False,
            must_change_in_cloud=False,
            last_error="",
            gone_at=timezone.now() if is_gone else None,
        )
        hooks.rooms_changed([room.pk])


def _delete_or_end(room_id: int) -> bool:
    """Delete the room, unless its class was begun: that has a recording. Say whether it is gone."""
    details = cloud_rooms.describe_room(room_id, Priority.BACKGROUND)
    if details is not None and details.status in {CloudStatus.RUNNING, CloudStatus.ENDED}:
        cloud_rooms.end_room(room_id, Priority.BACKGROUND)
        return False
    try:
        cloud_rooms.delete_room(room_id, Priority.BACKGROUND)
    except CloudRejected as err:
        if not is_kind(err, ErrorKind.CLASS_STARTED):
            raise
        cloud_rooms.end_room(room_id, Priority.BACKGROUND)
        return False
    return True


def request_room_sync(lesson_ids: Iterable[int]) -> None:
    """Ask workers to tell the cloud what became of the rooms of these lessons, and to make those that are missing."""
    _flag(lesson_ids, must_change_in_cloud=True, due_at=timezone.now(), attempts=0)
    enqueue_on_commit("schedule.sync_rooms")
    enqueue_on_commit("schedule.make_rooms_ahead")


def request_room_removal(lesson_ids: Iterable[int]) -> None:
    """Ask workers to take the rooms of these lessons out of the cloud."""
    at = timezone.now()
    _flag(lesson_ids, must_leave_cloud=True, must_change_in_cloud=False, due_at=at)
    enqueue_on_commit("schedule.sync_rooms")


def _flag(lesson_ids: Iterable[int], **values: Any) -> None:
    room_pks: list[int] = []
    for batch in in_batches(lesson_ids):
        room_pks += Room.objects.current().filter(lesson__in=batch).values_list("pk", flat=True)
    for batch in in_batches(sorted(room_pks)):
        Room.objects.current().filter(pk__in=batch).update_in_order(**values)
