"""Classes held in the local cloud, as tests need them."""

from __future__ import annotations

from typing import TypeVar

from django.utils import timezone

from classroom.client.rate_limits import Priority
from replays.services.polling import ask_for_missing
from schedule.enums import RoomReason
from schedule.models import Lesson, Room
from schedule.services.room_making import ensure_room
from schedule.services.room_polling import poll_rooms
from tests.support.cloud import LocalCloud

T = TypeVar("T")


def known(value: T | None) -> T:
    """The value, which a test is sure to be there."""
    assert value is not None
    return value


def make_room(lesson: Lesson) -> Room:
    return ensure_room(
        lesson, priority=Priority.BACKGROUND, reason=RoomReason.AHEAD, at=timezone.now()
    )


def hold(cloud: LocalCloud, room: Room, *, recordings: int = 1) -> None:
    """Start and end the room's class, and wait for its recordings."""
    cloud.change_room(room.number, "start")
    cloud.change_room(room.number, "end")
    cloud.recorded(room.number, recordings)


def hold_and_find(lesson: Lesson, cloud: LocalCloud) -> Room:
    """Hold the lesson's class, and have its recording found."""
    room = make_room(lesson)
    hold(cloud, room)
    poll_rooms(lesson.starts_at)
    ask_for_missing(timezone.now())
    return room


def poll(room: Room) -> None:
    """Have the cloud asked about the rooms of classes around the room's."""
    poll_rooms(known(room.lesson).starts_at)
