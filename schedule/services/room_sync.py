"""Syncs changed and cancelled lessons to the cloud.

The lesson is the truth; what the cloud was last told stands in the room's `sent_` columns, and only
differences are sent. A room is flagged in the transaction that changes its lesson, and the flag
falls when nothing differs any more, so no change is lost between the two.

No function here may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.services.registration import ensure_registered, register_again
from classroom.client import rooms as cloud_rooms
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomChanges, RoomPlan
from classroom.client.transport import is_configured
from classroom.enums import Source
from edu_platform.lib.due import DueLoop, Rules, exponential
from schedule import hooks
from schedule.enums import CloudStatus, RecordMode, RoomReason
from schedule.models import Lesson, Room, lesson_of, lock_lesson_of
from schedule.services.room_plans import fallback_name, sent_columns
from schedule.services.room_replacement import replace_room
from schedule.services.room_requests import (
    ask_for_refused_recordings,
    registered_plan,
    was_refused_recording,
)
from schedule.services.room_states import note_status

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
NO_CHANGES = RoomChanges()


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
    """Have one recording that the cloud refused asked for again, and those of classes that begin soon.

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


def sync_room(room: Room, priority: Priority, *, teacher_in_cloud: str | None = None) -> None:
    """Send what differs between the lesson and what the cloud was told. Safe to repeat.

    `teacher_in_cloud` is the teacher's id where the cloud has just described the room: it may be
    another one than the cloud was told.

    Raises:
        Lesson.DoesNotExist: the lesson was deleted.
        CloudUnavailable, CloudProtocolError: ask again later.
        CloudRejected: the cloud refuses this change.
    """
    if teacher_in_cloud is not None and teacher_in_cloud != room.sent_teacher_user_id:
        Room.objects.filter(pk=room.pk).update(sent_teacher_user_id=teacher_in_cloud)
        room.sent_teacher_user_id = teacher_in_cloud
    lesson = lesson_of(room)
    plan = _wanted_plan(lesson, room, priority)
    try:
        _send(room, plan, priority)
    except CloudRejected as err:
        _handle_refusal(err, room, lesson, plan, priority)


def _wanted_plan(lesson: Lesson, room: Room, priority: Priority) -> RoomPlan:
    plan = registered_plan(room, lesson, priority)
    if plan.starts_at <= timezone.now() and room.sent_starts_at is not None:
        # A start that has passed cannot be changed, and need not be.
        return plan.starting_at(room.sent_starts_at)
    return plan


def _send(room: Room, plan: RoomPlan, priority: Priority) -> None:
    changes = _differences(room, plan)
    if changes != NO_CHANGES:
        cloud_rooms.modify_room(room.number, changes, priority)
    _save_sent(room, plan)


def _differences(room: Room, plan: RoomPlan) -> RoomChanges:
    sent: dict[str, object] = {
        "name": room.sent_name,
        "starts_at": room.sent_starts_at,
        "ends_at": room.sent_ends_at,
        "teacher_user_id": room.sent_teacher_user_id,
        "assistant_user_ids": tuple(room.sent_assistant_user_ids),
        "room_type": room.sent_room_type,
        "disable_record": room.sent_record_mode,
    }
    differing = {name for name, value in sent.items() if getattr(plan, name) != value}
    # One-to-one and interactive class are one type in the cloud, which tells them apart by the seats.
    had_one_seat = room.sent_max_mic_number == 1
    if "room_type" in differing or had_one_seat != (plan.max_mic_number == 1):
        differing.add("max_mic_number")
    return RoomChanges(**{name: getattr(plan, name) for name in differing})


def _save_sent(room: Room, plan: RoomPlan) -> None:
    """Note what the cloud was told; the flag falls unless the lesson changed meanwhile.

    The worker and who enters may send at once: where the one that saves last sent the older state of the
    lesson, the flag rises again.
    """
    is_taken_after_all = room.recording_refused and plan.disable_record != RecordMode.NONE
    # Who asks for the recording after the plan was made has not been heard yet.
    answered = {"must_ask_for_recording": False} if room.must_ask_for_recording else {}
    Room.objects.filter(pk=room.pk).update(
        **sent_columns(plan),
        **answered,
        recording_refused=room.recording_refused and was_refused_recording(lesson_of(room), plan),
        last_error="",
        attempts=0,
        unreachable_since=None,
        due_at=None,
    )
    if is_taken_after_all:
        ask_for_refused_recordings()
    room.refresh_from_db()
    now_wanted = _wanted_plan(lesson_of(room), room, Priority.BACKGROUND)
    if _differences(room, now_wanted) == NO_CHANGES:
        # A change of the lesson since that look gave the room another turn.
        Room.objects.filter(pk=room.pk, due_at=None).update(must_change_in_cloud=False)
    else:
        Room.objects.current().filter(pk=room.pk).flag_changed()


def _handle_refusal(
    err: CloudRejected, room: Room, lesson: Lesson, plan: RoomPlan, priority: Priority
) -> None:
    if is_kind(err, ErrorKind.ROOM_GONE):
        replace_room(room, RoomReason.VANISHED)
    elif is_kind(err, ErrorKind.CLASS_EXPIRED):
        _note(room, CloudStatus.EXPIRED)
        replace_room(room, RoomReason.EXPIRED)
    elif is_kind(err, ErrorKind.CLASS_ENDED):
        _leave_as_it_is(room, CloudStatus.ENDED)
        if lesson.starts_at > timezone.now():
            # The lesson was moved to later, after its class had ended by mistake.
            replace_room(room, RoomReason.FROZEN)
    elif is_kind(err, ErrorKind.CLASS_STARTED):
        _sync_running_class(room, lesson, plan, priority)
    elif is_kind(err, ErrorKind.WORDS_REFUSED):
        Room.objects.filter(pk=room.pk).update(refused_name=plan.name)
        room.refused_name = plan.name
        _send(room, plan.named(fallback_name(lesson)), priority)
    elif is_kind(err, ErrorKind.STORAGE_FULL):
        _go_without_recording(room, plan, priority)
    elif is_kind(err, ErrorKind.USER_GONE):
        for user in (lesson.teacher, *lesson.assistants.all()):
            register_again(ensure_registered(user, priority), priority)
        _send(room, _wanted_plan(lesson, room, priority), priority)
    else:
        raise err


def _go_without_recording(room: Room, plan: RoomPlan, priority: Priority) -> None:
    """Send everything else that differs: storage was full again."""
    plan = plan.recorded(RecordMode.NONE)
    Room.objects.filter(pk=room.pk).update(recording_refused=True, must_ask_for_recording=False)
    room.recording_refused, room.must_ask_for_recording = True, False
    _send(room, plan, priority)


def _sync_running_class(room: Room, lesson: Lesson, plan: RoomPlan, priority: Priority) -> None:
    """A running class takes a new title only; another teacher needs another room."""
    if plan.teacher_user_id != room.sent_teacher_user_id:
        _note(room, CloudStatus.RUNNING)
        replace_room(room, RoomReason.FROZEN)
        return
    if plan.name != room.sent_name:
        cloud_rooms.modify_room(room.number, RoomChanges(name=plan.name), priority)
        Room.objects.filter(pk=room.pk).update(sent_name=plan.name)
    _leave_as_it_is(room, CloudStatus.RUNNING)


def _leave_as_it_is(room: Room, status: CloudStatus) -> None:
    """Send nothing more, unless the lesson was changed since the room was read."""
    _note(room, status)
    Room.objects.filter(pk=room.pk, due_at=room.due_at).update(must_change_in_cloud=False)


def _note(room: Room, status: CloudStatus) -> None:
    note_status(room, status, asked_at=timezone.now(), source=Source.POLL)


def _take_out(room: Room) -> None:
    """Remove the room of a cancelled lesson; a class that runs already is ended."""
    is_gone = room.room_id is not None and _delete_or_end(room, room.room_id)
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


def _delete_or_end(room: Room, room_id: int) -> bool:
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
