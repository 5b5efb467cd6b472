"""Start and stop the recording of a class by hand.

The cloud's call is not safe to repeat, so each is written down before it is made; where no answer comes, workers ask
what runs (`settling`). Of several people who press at once, one starts it.

No function here may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
from enum import Enum, auto

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from classroom.client.error_codes import ErrorKind, is_class_over, is_kind
from classroom.client.errors import (
    CloudError,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority
from classroom.client.record_tasks import running_task, start_recording, stop_recording
from edu_platform.lib.queueing import send_in_background
from schedule.enums import CloudStatus, RecordMode
from schedule.lessons.begun import is_over
from schedule.manual_recording.concluding import note_started, note_stopped
from schedule.models import Lesson, ManualRecording, Room, lock_lesson_of
from schedule.rooms.polling import poll_for_person

logger = logging.getLogger(__name__)

# A press is answered by then, or not any more.
ANSWERED_WITHIN = dt.timedelta(seconds=30)


class NotByHand(Exception):
    """The lesson is recorded in another way, or not at all."""


class Outcome(Enum):
    STARTED = auto()
    # Somebody has started it, or asked for it just now.
    RUNS_ALREADY = auto()
    STOPPED = auto()
    NOTHING_RUNS = auto()
    # The answer was lost: a worker asks.
    START_NOT_KNOWN = auto()
    STOP_NOT_KNOWN = auto()


class Refusal(Enum):
    CANCELLED = auto()
    NOT_BEGUN = auto()
    CLASS_OVER = auto()
    STORAGE_FULL = auto()
    # The room could not be made, or changed in time, so that it can be recorded by hand.
    OTHER_ROOM = auto()
    BY_CLOUD = auto()


class RecordingRefused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal


# --- Start ----------------------------------------------------------------------------------------


def start(lesson: Lesson, by: User, at: dt.datetime) -> Outcome:
    """Begin to record a class that runs; of several presses at once one does.

    Raises:
        NotByHand: the lesson is not recorded by hand.
        RecordingRefused: it says why.
        CloudError: the cloud could not be asked, and nothing was started.
    """
    room = _recordable_room(lesson)
    recording = _written_down(room, by, at)
    if recording is None:
        return Outcome.RUNS_ALREADY
    try:
        task_id = start_recording(room.number, Priority.INTERACTIVE)
    except CloudRejected as err:
        return _look_after_refusal(recording, err)
    except (CloudUnavailable, CloudProtocolError) as err:
        if isinstance(err, CloudUnavailable) and err.outcome_is_known:
            note_stopped(recording, at=timezone.now())
            raise
        _leave_to_workers(recording, err)
        return Outcome.START_NOT_KNOWN
    note_started(recording, task_id, at=timezone.now())
    return Outcome.STARTED


def _recordable_room(lesson: Lesson) -> Room:
    """Return the room in which a recording can be started now.

    Raises:
        NotByHand, RecordingRefused: as `start` says.
    """
    if lesson.record_mode != RecordMode.MANUAL:
        raise NotByHand
    if lesson.is_cancelled:
        raise RecordingRefused(Refusal.CANCELLED)
    room = Room.objects.current().made().filter(lesson=lesson).first()
    if room is None:
        raise RecordingRefused(Refusal.NOT_BEGUN)
    if room.cloud_status == CloudStatus.NOT_STARTED:
        # The cloud is asked every half minute: the class may have begun since.
        poll_for_person(room)
    if is_over(room) or room.cloud_status == CloudStatus.EXPIRED:
        raise RecordingRefused(Refusal.CLASS_OVER)
    if room.cloud_status == CloudStatus.NOT_STARTED:
        raise RecordingRefused(Refusal.NOT_BEGUN)
    if room.sent_record_mode != RecordMode.MANUAL:
        is_full = room.recording_refused
        raise RecordingRefused(Refusal.STORAGE_FULL if is_full else Refusal.OTHER_ROOM)
    return room


def _written_down(room: Room, by: User, at: dt.datetime) -> ManualRecording | None:
    """Write down that the cloud is asked for a recording; None where one runs, or was asked for."""
    with transaction.atomic():
        lock_lesson_of(room.pk)
        if ManualRecording.objects.running().filter(room=room).exists():
            return None
        return ManualRecording.objects.create(
            room=room, started_by=by, asked_at=at, due_at=at + ANSWERED_WITHIN
        )


def _look_after_refusal(recording: ManualRecording, err: CloudRejected) -> Outcome:
    """Take over a recording that runs already, which the cloud refuses to begin a second time.

    Raises:
        RecordingRefused: nothing runs; it says why.
    """
    refusal = _refusal_of(err)
    if refusal is Refusal.BY_CLOUD and (task_id := _task_in(recording.room)):
        note_started(recording, task_id, at=timezone.now())
        return Outcome.RUNS_ALREADY
    logger.warning("room %s is not recorded: %s", recording.room.room_id, err)
    note_stopped(recording, at=timezone.now())
    if refusal is Refusal.CLASS_OVER:
        poll_for_person(recording.room)
    raise RecordingRefused(refusal) from err


def _refusal_of(err: CloudRejected) -> Refusal:
    if is_kind(err, ErrorKind.STORAGE_FULL):
        return Refusal.STORAGE_FULL
    if is_kind(err, ErrorKind.CLASS_GOES_ON):
        return Refusal.NOT_BEGUN
    return Refusal.CLASS_OVER if is_class_over(err) else Refusal.BY_CLOUD


def _task_in(room: Room) -> str:
    try:
        return running_task(room.number, Priority.INTERACTIVE)
    except CloudError as err:
        logger.warning("room %s does not tell whether it is recorded: %s", room.room_id, err)
        return ""


# --- Stop -----------------------------------------------------------------------------------------


def stop(lesson: Lesson, by: User, at: dt.datetime) -> Outcome:
    """Stop what is recorded of a lesson's class; that nothing is any more is an answer.

    Raises:
        NotByHand: the lesson is not recorded by hand.
    """
    if lesson.record_mode != RecordMode.MANUAL:
        raise NotByHand
    recording = _to_be_stopped(lesson, by, at)
    if recording is None:
        return Outcome.NOTHING_RUNS
    if not recording.task_id:
        # Whether it has begun is not known: a worker looks for it, and stops it.
        send_in_background("schedule.settle_recordings")
        return Outcome.STOP_NOT_KNOWN
    try:
        stop_recording(recording.room.number, recording.task_id, Priority.INTERACTIVE)
    except CloudRejected as err:
        # The second of two who press at once stops what runs no more.
        if not is_class_over(err) and not _runs_no_more(recording):
            _leave_to_workers(recording, err)
            return Outcome.STOP_NOT_KNOWN
    except (CloudUnavailable, CloudProtocolError) as err:
        _leave_to_workers(recording, err)
        return Outcome.STOP_NOT_KNOWN
    note_stopped(recording, at=timezone.now())
    return Outcome.STOPPED


def _runs_no_more(recording: ManualRecording) -> bool:
    """Ask the cloud whether it records something else, or nothing; False where it does not say."""
    try:
        task_id = running_task(recording.room.number, Priority.INTERACTIVE)
    except CloudError as err:
        logger.warning("room %s does not tell what is recorded: %s", recording.room.room_id, err)
        return False
    return task_id != recording.task_id


def _to_be_stopped(lesson: Lesson, by: User, at: dt.datetime) -> ManualRecording | None:
    """Write down that the recording is to stop, and by whom: the first who wants it."""
    with transaction.atomic():
        Lesson.objects.select_for_update(of=("self",)).filter(pk=lesson.pk).first()
        rows = ManualRecording.objects.running().filter(room__lesson=lesson)
        recording = rows.select_related("room").order_by("-room__is_current", "-pk").first()
        if recording is None:
            return None
        if recording.stop_asked_at is None:
            recording.stop_asked_at, recording.stopped_by = at, by
        # A worker takes it up where this process does not get so far.
        recording.due_at = at + ANSWERED_WITHIN if recording.task_id else at
        recording.save(update_fields=["stop_asked_at", "stopped_by", "due_at"])
    return recording


def _leave_to_workers(recording: ManualRecording, err: CloudError) -> None:
    """Let a worker ask now what runs; the page of the lesson follows its answer."""
    logger.warning("room %s: whether it is recorded is not known: %s", recording.room.room_id, err)
    ManualRecording.objects.running().filter(pk=recording.pk).update(due_at=timezone.now())
    send_in_background("schedule.settle_recordings")
