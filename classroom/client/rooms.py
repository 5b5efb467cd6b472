"""Rooms (课堂) of the cloud: make, change, look at, start, end, delete.

Times are aware datetimes, sent and received as UNIX seconds. Every function raises the errors of
`classroom.client.errors`.

Source: LCIC API 3.0, actions *Room(s) (models of the vendor's Python SDK 3.1.134).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from tencentcloud.lcic.v20220817 import models

from classroom.client.answer_values import (
    moment,
    number,
    optional_duration,
    optional_moment,
    optional_words,
    seconds_of,
)
from classroom.client.error_codes import CLASS_IS_OVER, ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.transport import call, read, repeat_safely, sdk_app_id

logger = logging.getLogger(__name__)

ROOMS_PAGE_SIZE = 100
NAME_MAX_CHARS = 256
STREAMS_TOO = 1  # of RecordStream
WHOLE_PAGE = 9  # of RecordLayout: the page of the class as people see it, which StartRecord and StopRecord need


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """The parameters of CreateRoom, in the cloud's own numbers."""

    name: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    teacher_user_id: str
    assistant_user_ids: tuple[str, ...]
    room_type: int
    max_mic_number: int
    resolution: int
    sub_type: str
    disable_record: int
    record_layout: int
    end_delay_min: int

    def named(self, name: str) -> RoomPlan:
        return replace(self, name=name)

    def recorded(self, disable_record: int) -> RoomPlan:
        return replace(self, disable_record=disable_record)

    def starting_at(self, moment: dt.datetime) -> RoomPlan:
        return replace(self, starts_at=moment)

    def lasting(self, starts_at: dt.datetime, ends_at: dt.datetime) -> RoomPlan:
        return replace(self, starts_at=starts_at, ends_at=ends_at)


@dataclass(frozen=True, slots=True)
class RoomChanges:
    """The parameters of ModifyRoom; None leaves a value as it is."""

    name: str | None = None
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    teacher_user_id: str | None = None
    assistant_user_ids: tuple[str, ...] | None = None
    room_type: int | None = None
    max_mic_number: int | None = None
    resolution: int | None = None
    disable_record: int | None = None
    record_layout: int | None = None


@dataclass(frozen=True, slots=True)
class RoomDetails:
    """One room, as DescribeRoom describes it."""

    room_id: int
    sdk_app_id: int
    name: str
    status: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    teacher_user_id: str
    assistant_user_ids: tuple[str, ...]
    room_type: int
    max_mic_number: int
    disable_record: int
    # Empty before the class has ended, and when nothing was recorded.
    record_url: str
    video_duration_s: int | None
    # Whether a stream of each person on stage is recorded beside the class.
    has_streams: bool


@dataclass(frozen=True, slots=True)
class RoomListing:
    """One room of GetRooms, which tells neither teacher nor application."""

    room_id: int
    name: str
    status: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    real_started_at: dt.datetime | None
    real_ended_at: dt.datetime | None


def create_room(plan: RoomPlan, priority: Priority) -> int:
    """Make a room and return its RoomId. Not idempotent: a second call makes a second room."""
    request = models.CreateRoomRequest()
    request.SdkAppId = sdk_app_id()
    request.Name = plan.name[:NAME_MAX_CHARS]
    request.StartTime = seconds_of(plan.starts_at)
    request.EndTime = seconds_of(plan.ends_at)
    request.TeacherId = plan.teacher_user_id
    request.Assistants = list(plan.assistant_user_ids)
    request.RoomType = plan.room_type
    request.MaxMicNumber = plan.max_mic_number
    request.Resolution = plan.resolution
    request.SubType = plan.sub_type
    request.DisableRecord = plan.disable_record
    request.RecordLayout = plan.record_layout
    request.EndDelayTime = plan.end_delay_min
    answer = call("CreateRoom", request, models.CreateRoomResponse, priority)
    return number("CreateRoom", answer.RoomId)


def modify_room(room_id: int, changes: RoomChanges, priority: Priority) -> None:
    """Change a room. Safe to repeat: it sets values, so the last call wins."""
    request = models.ModifyRoomRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    request.Name = None if changes.name is None else changes.name[:NAME_MAX_CHARS]
    request.StartTime = None if changes.starts_at is None else seconds_of(changes.starts_at)
    request.EndTime = None if changes.ends_at is None else seconds_of(changes.ends_at)
    request.TeacherId = changes.teacher_user_id
    if changes.assistant_user_ids is not None:
        request.Assistants = list(changes.assistant_user_ids)
    request.RoomType = changes.room_type
    request.MaxMicNumber = changes.max_mic_number
    request.Resolution = changes.resolution
    request.DisableRecord = changes.disable_record
    request.RecordLayout = changes.record_layout
    repeat_safely(
        lambda: call("ModifyRoom", request, models.ModifyRoomResponse, priority), priority
    )


def describe_room(room_id: int, priority: Priority) -> RoomDetails | None:
    """Look at one room; None when the cloud has none of this number."""
    request = models.DescribeRoomRequest()
    request.RoomId = room_id
    try:
        answer = read("DescribeRoom", request, models.DescribeRoomResponse, priority)
    except CloudRejected as err:
        if is_kind(err, ErrorKind.ROOM_GONE):
            return None
        raise
    return RoomDetails(
        room_id=room_id,
        sdk_app_id=number("DescribeRoom", answer.SdkAppId),
        name=optional_words(answer.Name),
        status=number("DescribeRoom", answer.Status),
        starts_at=moment("DescribeRoom", answer.StartTime),
        ends_at=moment("DescribeRoom", answer.EndTime),
        teacher_user_id=str(answer.TeacherId or ""),
        assistant_user_ids=tuple(answer.Assistants or ()),
        room_type=number("DescribeRoom", answer.RoomType),
        max_mic_number=number("DescribeRoom", answer.MaxMicNumber),
        disable_record=number("DescribeRoom", answer.DisableRecord),
        record_url=optional_words(answer.RecordUrl),
        video_duration_s=optional_duration("DescribeRoom", answer.VideoDuration),
        has_streams=answer.RecordStream == STREAMS_TOO,
    )


def list_rooms(
    *,
    starts_from: dt.datetime,
    starts_until: dt.datetime,
    priority: Priority,
    statuses: Sequence[int] = (),
) -> Iterator[RoomListing]:
    """Go through the rooms that start in a window of time, both ends included, page by page.

    The window is always sent: without it the cloud takes half an hour before and after now. Whether
    the cloud counts its end in is not said, so a second more is asked for.
    """
    page = 1
    while True:
        request = models.GetRoomsRequest()
        request.SdkAppId = sdk_app_id()
        request.StartTime = seconds_of(starts_from)
        request.EndTime = seconds_of(starts_until) + 1
        request.Page = page
        request.Limit = ROOMS_PAGE_SIZE
        request.Status = list(statuses) or None
        answer = read("GetRooms", request, models.GetRoomsResponse, priority)
        rooms = answer.Rooms or []
        listings = (_listing(room) for room in rooms)
        yield from (listing for listing in listings if listing is not None)
        if len(rooms) < ROOMS_PAGE_SIZE:
            return
        page += 1


def _listing(room: models.RoomItem) -> RoomListing | None:
    """One line of the list; None for one that makes no sense: it holds up none of the others."""
    try:
        return RoomListing(
            room_id=number("GetRooms", room.RoomId),
            name=optional_words(room.Name),
            status=number("GetRooms", room.Status),
            starts_at=moment("GetRooms", room.StartTime),
            ends_at=moment("GetRooms", room.EndTime),
            real_started_at=optional_moment("GetRooms", room.RealStartTime),
            real_ended_at=optional_moment("GetRooms", room.RealEndTime),
        )
    except CloudProtocolError as err:
        logger.warning("line of room %s: %s", room.RoomId, err)
        return None


def end_room(room_id: int, priority: Priority) -> None:
    """End a running class; one that has ended, expired or vanished already is fine."""
    request = models.EndRoomRequest()
    request.RoomId = room_id
    _allow(
        lambda: call("EndRoom", request, models.EndRoomResponse, priority),
        priority,
        *CLASS_IS_OVER,
    )


def delete_room(room_id: int, priority: Priority) -> None:
    """Delete a room that has not started; one that is gone already is fine.

    Raises:
        CloudRejected: with the meaning CLASS_STARTED when somebody started it meanwhile.
    """
    request = models.DeleteRoomRequest()
    request.RoomId = room_id
    _allow(
        lambda: call("DeleteRoom", request, models.DeleteRoomResponse, priority),
        priority,
        ErrorKind.ROOM_GONE,
    )


def _allow(attempt: Callable[[], object], priority: Priority, *fine: ErrorKind) -> None:
    """Repeat a call that is harmless to repeat; refusals that mean "already so" are success."""
    try:
        repeat_safely(attempt, priority)
    except CloudRejected as err:
        if not any(is_kind(err, meaning) for meaning in fine):
            raise
