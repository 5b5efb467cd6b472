"""Adopts rooms of our application that nobody here asked for, so that their recordings are not lost."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction

from classroom.client.rooms import RoomDetails
from classroom.client.transport import sdk_app_id
from schedule import hooks
from schedule.enums import RoomReason
from schedule.models import Room, RoomRequest
from schedule.rooms.states import RoomState, save_room_state

logger = logging.getLogger(__name__)


def is_being_made(details: RoomDetails, *, at: dt.datetime) -> bool:
    """Tell whether the room may be the outcome of a CreateRoom of ours whose answer is still missing."""
    requests = RoomRequest.objects.unanswered(at=at)
    return requests.filter(
        teacher_user_id=details.teacher_user_id, starts_at=details.starts_at
    ).exists()


@transaction.atomic
def adopt_room(details: RoomDetails, state: RoomState) -> None:
    """Take a room of our application that nobody here asked for, and save its state.

    Safe to repeat: a room that is known by now only gets its state.
    """
    room, is_new = Room.objects.get_or_create(
        room_id=details.room_id,
        defaults={
            "sdk_app_id": sdk_app_id(),
            "reason": RoomReason.ADOPTED,
            "is_current": False,
            "sent_name": details.name,
            "sent_starts_at": details.starts_at,
            "sent_ends_at": details.ends_at,
            "sent_teacher_user_id": details.teacher_user_id,
            "sent_assistant_user_ids": list(details.assistant_user_ids),
            "sent_room_type": details.room_type,
            "sent_max_mic_number": details.max_mic_number,
            "sent_record_mode": details.disable_record,
        },
    )
    if is_new:
        logger.warning("room %s was found in the cloud, and is adopted", details.room_id)
        hooks.rooms_changed([room.pk])
    save_room_state(room.pk, state)
