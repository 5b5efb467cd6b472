"""Rooms of our application that nobody here asked for: taken over after a class in them, else removed at night."""

from __future__ import annotations

import datetime as dt
import logging

from django.db import transaction
from django.db.models import Max

from classroom.client import rooms as cloud_rooms
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomDetails
from classroom.client.transport import is_configured, sdk_app_id
from edu_platform.lib.due import Rules, each
from schedule import hooks
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Room, RoomRequest
from schedule.rooms.states import RoomState, save_room_state

logger = logging.getLogger(__name__)


REMOVING_ORPHANS = Rules(
    name="orphan rooms",
    limit_s=240,  # the night after goes on
    silent=(CloudUnavailable,),
    stop_after=1,
    expected=(CloudRejected, CloudProtocolError),
)


def remove_orphan_rooms(at: dt.datetime) -> int:
    """Delete unstarted rooms of the coming days that we asked for and do not use; say how many.

    Only a room whose teacher and start stand in a request of ours is touched: one that somebody
    made in the vendor's console stays.
    """
    last_start = RoomRequest.objects.aggregate(last=Max("starts_at"))["last"]
    if not is_configured() or last_start is None or last_start < at:
        return 0
    listed = [
        listing.room_id
        for listing in cloud_rooms.list_rooms(
            starts_from=at,
            starts_until=last_start + dt.timedelta(minutes=1),
            priority=Priority.BACKGROUND,
            statuses=(CloudStatus.NOT_STARTED,),
        )
    ]
    known_ids = set(Room.objects.made().values_list("room_id", flat=True))
    removed: list[int] = []

    def remove_if_ours(room_id: int) -> None:
        if _is_orphan_of_ours(room_id, at):
            logger.warning("deleting room %s, left behind by a lost answer", room_id)
            cloud_rooms.delete_room(room_id, Priority.BACKGROUND)
            removed.append(room_id)

    each(
        REMOVING_ORPHANS,
        [room_id for room_id in listed if room_id not in known_ids],
        remove_if_ours,
        at,
    )
    return len(removed)


def _is_orphan_of_ours(room_id: int, at: dt.datetime) -> bool:
    details = cloud_rooms.describe_room(room_id, Priority.BACKGROUND)
    if (
        details is None
        or details.sdk_app_id != sdk_app_id()
        or details.status != CloudStatus.NOT_STARTED
    ):
        return False
    requests = RoomRequest.objects.filter(
        teacher_user_id=details.teacher_user_id, starts_at=details.starts_at
    )
    # What is not answered may still be looked for by its own lesson.
    return requests.exists() and not is_being_made(details, at=at)


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
