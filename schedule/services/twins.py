"""Rooms too many: those that a lost answer left behind beside the one in use."""

from __future__ import annotations

import datetime as dt
import logging

from django.db.models import Max

from classroom.client import rooms as cloud_rooms
from classroom.client.errors import CloudError, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured, sdk_app_id
from schedule.enums import CloudStatus
from schedule.models import Room, RoomRequest

logger = logging.getLogger(__name__)


def remove_twin_rooms(at: dt.datetime) -> int:
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
    known = set(Room.objects.made().values_list("room_id", flat=True))
    removed = 0
    for room_id in listed:
        if room_id not in known:
            removed += _remove_if_ours(room_id)
    return removed


def _remove_if_ours(room_id: int) -> bool:
    """Delete one room, if we asked for it.

    Raises:
        CloudUnavailable: the cloud is silent. Whatever else is wrong with one room holds up no other.
    """
    try:
        if not _is_ours(room_id):
            return False
        logger.warning("deleting room %s, left behind by a lost answer", room_id)
        cloud_rooms.delete_room(room_id, Priority.BACKGROUND)
    except CloudUnavailable:
        raise
    except CloudError as err:
        logger.warning("room %s stays in the cloud for now: %s", room_id, err)
        return False
    except Exception:
        # The log has the trace; the next run tries again.
        logger.exception("room %s", room_id)
        return False
    return True


def _is_ours(room_id: int) -> bool:
    details = cloud_rooms.describe_room(room_id, Priority.BACKGROUND)
    return (
        details is not None
        and details.sdk_app_id == sdk_app_id()
        and details.status == CloudStatus.NOT_STARTED
        and RoomRequest.objects.filter(
            teacher_user_id=details.teacher_user_id, starts_at=details.starts_at
        ).exists()
        # An unanswered request may still be looked for by its own lesson.
        and not RoomRequest.objects.filter(
            teacher_user_id=details.teacher_user_id,
            starts_at=details.starts_at,
            settled_at=None,
        ).exists()
    )
