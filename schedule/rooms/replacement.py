"""Another room for a lesson that has one: the old one is put aside."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.utils import timezone

from edu_platform.lib.queueing import enqueue_on_commit
from schedule import hooks
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Lesson, Room
from schedule.rooms.making import add_row
from schedule.rooms.time_left import NoTimeLeft

logger = logging.getLogger(__name__)

NOTHING: Mapping[str, Any] = MappingProxyType({})


class RoomStillOpen(Exception):
    """The lesson has a room that can be entered; there is no need for another."""


def replace_room(room: Room, reason: RoomReason) -> None:
    """Put a room aside, so that the lesson's next one is made. Of several at once one acts.

    The room of a lesson that was cancelled meanwhile has no next one.
    """
    _put_aside(room, reason)


def replace_refused_room(room: Room, version: str) -> None:
    """Replace a room that the cloud refuses to change as this version of the lesson wants it.

    A worker deletes it in the cloud, or ends it when its class has begun meanwhile: people who wait in it
    come to the new one through the door.
    """
    _put_aside(
        room,
        RoomReason.FROZEN,
        leaving={"must_leave_cloud": True, "due_at": timezone.now()},
        coming={"refused_version": version},
    )


def _put_aside(
    room: Room,
    reason: RoomReason,
    *,
    leaving: Mapping[str, Any] = NOTHING,
    coming: Mapping[str, Any] = NOTHING,
) -> None:
    with transaction.atomic():
        # First the lesson, then its room: the order in which lessons are cancelled.
        lesson = Lesson.objects.select_for_update(of=("self",)).filter(rooms=room).first()
        updated = (
            Room.objects.current()
            .filter(pk=room.pk)
            .update(is_current=False, must_change_in_cloud=False, **leaving)
        )
        if updated and lesson is not None and not lesson.is_cancelled:
            add_row(lesson.pk, reason, **coming)
            logger.warning("room %s is replaced: %s", room.room_id, reason)
            enqueue_on_commit("schedule.make_rooms_ahead")
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
    room = Room.objects.current().filter(lesson=lesson).first()
    reason = why_another_room(lesson, room, at=at, may_leave_running=may_leave_running)
    if room is not None and reason is not None:
        replace_room(room, reason)


def why_another_room(
    lesson: Lesson, room: Room | None, *, at: dt.datetime, may_leave_running: bool = False
) -> RoomReason | None:
    """Return why the lesson, which has this room, gets another one; None where it has none that was made.

    Raises:
        NoTimeLeft, RoomStillOpen: as above.
    """
    if lesson.ends_at <= at:
        raise NoTimeLeft
    if room is None or not room.is_made:
        return None
    is_closed = room.cloud_status in {CloudStatus.ENDED, CloudStatus.EXPIRED}
    is_running = room.cloud_status == CloudStatus.RUNNING
    if not is_closed and not (is_running and may_leave_running):
        raise RoomStillOpen
    return RoomReason.REOPENED if is_closed else RoomReason.FROZEN
