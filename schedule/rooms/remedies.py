"""Values that a room gets instead of refused ones, in the request that makes it and in later changes.

Each is written down at once: should the next answer be lost, who finds the room knows why it has them.
"""

from __future__ import annotations

import logging

from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected
from classroom.client.rooms import RoomPlan
from schedule.enums import RecordMode
from schedule.models import Lesson, Room
from schedule.rooms.plans import fallback_name

logger = logging.getLogger(__name__)


def remedied_plan(
    err: CloudRejected, room: Room, lesson: Lesson, plan: RoomPlan
) -> RoomPlan | None:
    """Return the plan with another value in place of the refused one; None if there is none for it."""
    if is_kind(err, ErrorKind.WORDS_REFUSED) and plan.name != fallback_name(lesson):
        return _give_up_title(room, lesson, plan)
    if is_kind(err, ErrorKind.STORAGE_FULL) and plan.disable_record != RecordMode.NONE:
        return _give_up_recording(room, plan)
    asks_for_signalling = plan.disable_record == RecordMode.SIGNALLING
    if is_kind(err, ErrorKind.EDITION_LACKS) and asks_for_signalling:
        return _give_up_signalling(room, plan)
    return None


def is_signalling_given_up(lesson: Lesson, plan: RoomPlan) -> bool:
    """Tell whether a plan goes without the signalling recording that its lesson should have."""
    wants_signalling = lesson.record_mode == RecordMode.SIGNALLING
    return wants_signalling and plan.disable_record != RecordMode.SIGNALLING


def _give_up_title(room: Room, lesson: Lesson, plan: RoomPlan) -> RoomPlan:
    Room.objects.filter(pk=room.pk).update(refused_name=plan.name)
    room.refused_name = plan.name
    return plan.named(fallback_name(lesson))


def _give_up_recording(room: Room, plan: RoomPlan) -> RoomPlan:
    """Hold the class without its recording: having it matters more."""
    logger.warning("room of lesson %s gets no recording: storage is full", room.lesson_id)
    Room.objects.filter(pk=room.pk).update(recording_refused=True, must_ask_for_recording=False)
    room.recording_refused, room.must_ask_for_recording = True, False
    return plan.recorded(RecordMode.NONE)


def _give_up_signalling(room: Room, plan: RoomPlan) -> RoomPlan:
    """Plan automatic recording instead, which every edition (版本) has."""
    logger.warning("room of lesson %s gets no signalling recording", room.lesson_id)
    Room.objects.filter(pk=room.pk).update(signalling_refused=True)
    room.signalling_refused = True
    return plan.recorded(RecordMode.AUTOMATIC)
