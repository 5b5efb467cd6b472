"""Classes held in the local cloud, as tests need them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, TypeVar

from django.utils import timezone

from classroom.client.rate_limits import Priority
from classroom.enums import Source
from replays.services.planning import follow_rooms
from replays.services.refresh import ask
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Lesson, Room
from schedule.rooms.making import ensure_room
from schedule.rooms.polling import poll_rooms
from tests.support.cloud import SDK_APP_ID, LocalCloud

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


def ended_room(lesson: Lesson, cloud: LocalCloud, **more: Any) -> Room:
    """The room of a class that ended a moment ago, as after `hold` and `poll` but without the way there.

    The cloud has its recording, and nobody has asked for it yet. For `more` see `LocalCloud.add_history`.
    """
    ended_at = timezone.now().replace(microsecond=0)
    ended_s = int(ended_at.timestamp())
    room = Room.objects.create(
        lesson=lesson,
        room_id=cloud.add_history(lesson.title, ended_s - 1, ended_s, **more),
        sdk_app_id=SDK_APP_ID,
        reason=RoomReason.AHEAD,
        cloud_status=CloudStatus.ENDED,
        real_started_at=ended_at - dt.timedelta(seconds=1),
        real_ended_at=ended_at,
        asked_at=ended_at,
    )
    follow_rooms([room.pk])
    return room


def room_with_recording(lesson: Lesson, cloud: LocalCloud) -> Room:
    """The room of a class that was held, and whose recording was found."""
    (room,) = rooms_with_recordings([lesson], cloud)
    return room


def rooms_with_recordings(lessons: Sequence[Lesson], cloud: LocalCloud) -> list[Room]:
    """The rooms of several lessons, each asked for as a run of polling asks for it."""
    rooms = [ended_room(lesson, cloud) for lesson in lessons]
    for room in rooms:
        ask(room.number, priority=Priority.CLASS_ENDED, source=Source.POLL).apply()
    return rooms


def poll(room: Room) -> None:
    """Have the cloud asked about the rooms of classes around the room's."""
    poll_rooms(known(room.lesson).starts_at)
