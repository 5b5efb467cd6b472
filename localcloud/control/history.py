"""Classes of the past, added by control as if they had been held. No callbacks are sent for them."""

from __future__ import annotations

from typing import Any

from localcloud.api import parameters, room_rules
from localcloud.api.parameters import MAX_INT, Parameter
from localcloud.callbacks import events
from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError, CloudError, OperationError
from localcloud.state import members, recording_settings, recordings, rooms, users, visits
from localcloud.state.rooms import Room

MAKING_TIMEOUT_S = 60.0
MAX_RECORDINGS = 50
MAX_VISITS = 10_000
_VISIT = {
    "user_id": Parameter("text", required=True, low=1, high=128),
    "joined_s": Parameter("int", required=True, low=1, high=room_rules.LAST_TIME_S),
    "left_s": Parameter("int", required=True, low=1, high=room_rules.LAST_TIME_S),
    "device": Parameter("int", choices=events.DEVICES),
    "reason": Parameter("int", choices=events.REASONS),
    "supervises": Parameter("flag"),
}
_WANTED = {
    "Name": Parameter("text", required=True, low=1, high=256),
    "StartTime": Parameter("int", required=True, low=1, high=room_rules.LAST_TIME_S),
    "EndTime": Parameter("int", required=True, high=room_rules.LAST_TIME_S),
    "TeacherId": Parameter("text"),
    "RoomType": room_rules.CREATE_ROOM["RoomType"],
    "DisableRecord": room_rules.CREATE_ROOM["DisableRecord"],
    "RecordStream": room_rules.CREATE_ROOM["RecordStream"],
    "MaxMicNumber": Parameter("int"),
    "recordings": Parameter("int", low=0, high=MAX_RECORDINGS),
    "file_format": Parameter("text", choices=frozenset(recording_settings.FORMATS)),
    "status": Parameter("int", choices=frozenset({rooms.ENDED, rooms.EXPIRED})),
    "room_id": Parameter("int", low=1, high=min(MAX_INT, 10**18 - 1)),
    "Assistants": room_rules.CREATE_ROOM["Assistants"],
    "visits": Parameter("rows", high=MAX_VISITS, row=_VISIT),
}


def add(cloud: Cloud, wanted: dict[str, Any]) -> int:
    """Add a class that ended, or expired, in the past, and return its number when its files are made.

    `recordings` (default one, when the class was recorded and ended) divide its time evenly; with RecordStream there
    is the teacher's single stream, too. A class recorded by signals has at most one signalling replay. `visits` are who
    was there, and when: without them nobody was. With a `room_id` it is safe to repeat: an existing room of that number stays as it is.

    Raises:
        BadSettingError: a field is unknown, missing, of a wrong type or out of range.
        OperationError: a file could not be made.
    """
    try:
        with cloud.transaction():
            parameters.check(_WANTED, wanted)
            known = rooms.find(cloud, wanted.get("room_id", 0))
            room = _add(cloud, wanted) if known is None else known
    except CloudError as error:
        raise BadSettingError(error.message) from error
    if known is None and not recordings.wait_until_made(
        cloud, room.room_id, timeout_s=MAKING_TIMEOUT_S
    ):
        raise OperationError(500, "a recording could not be made")
    return room.room_id


def _add(cloud: Cloud, wanted: dict[str, Any]) -> Room:
    room = Room(
        wanted.get("room_id") or rooms.next_id(cloud),
        _fields(cloud, wanted),
        status=wanted.get("status", rooms.ENDED),
    )
    if room.status == rooms.ENDED:
        room.real_start_s, room.real_end_s = wanted["StartTime"], wanted["EndTime"]
    count = _count(room, wanted.get("recordings"))
    rooms.save(cloud, room)
    for visit in wanted.get("visits", ()):
        _add_visit(cloud, room, visit)
    length_s = room.real_end_s - room.real_start_s
    for index in range(count):
        recordings.add_immediate(
            cloud,
            room,
            start_s=room.real_start_s + length_s * index // count,
            stop_s=room.real_start_s + length_s * (index + 1) // count,
            announced=False,
            kind=recordings.SIGNALLING if _by_signals(room) else recordings.MIXED,
            file_format=wanted.get("file_format"),
        )
    if count and room.fields["DisableRecord"] == recordings.AUTOMATIC:
        _add_streams(cloud, room, wanted.get("file_format"))
    return room


def _add_visit(cloud: Cloud, room: Room, wanted: dict[str, Any]) -> None:
    if wanted["left_s"] < wanted["joined_s"]:
        raise BadSettingError("a visit ends before it begins")
    user = users.find(cloud, wanted["user_id"])
    if user is None:
        raise BadSettingError("the user of a visit is not registered")
    visits.add_past(
        cloud,
        room.room_id,
        wanted["user_id"],
        name=user["name"],
        role=members.role_of(room, wanted["user_id"], supervises=wanted.get("supervises", False)),
        device=wanted.get("device", events.DEVICE_WEB),
        joined_s=wanted["joined_s"],
        left_s=wanted["left_s"],
        reason=wanted.get("reason", events.REASON_ROOM_ENDED),
    )


def _add_streams(cloud: Cloud, room: Room, file_format: str | None) -> None:
    for user_id in recordings.streamed_users(room):
        recordings.add_immediate(
            cloud,
            room,
            start_s=room.real_start_s,
            stop_s=room.real_end_s,
            announced=False,
            kind=recordings.STREAM,
            file_format=file_format,
            user_id=user_id,
        )


def _fields(cloud: Cloud, wanted: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in wanted.items() if name in room_rules.CREATE_ROOM}
    seats = room_rules.MAX_MIC_BY_TYPE[wanted.get("RoomType", 0)]
    fields = {
        **room_rules.defaults(),
        "Resolution": 1,
        "SubType": "videodoc",
        "MaxMicNumber": min(seats, room_rules.MAX_MIC_ABOVE_SD),
        **given,
    }
    room_rules.check_fields(cloud, fields, changed=given.keys() - {"StartTime"})
    if wanted["EndTime"] > cloud.now_s():
        raise BadSettingError("EndTime lies in the future")
    return fields


def _count(room: Room, wanted: int | None) -> int:
    has_ended = room.status == rooms.ENDED
    if wanted and not has_ended:
        raise BadSettingError("a class that expired has no recordings")
    if wanted and wanted > 1 and _by_signals(room):
        raise BadSettingError("a class recorded by signals has one replay")
    is_recorded = room.fields["DisableRecord"] in {recordings.AUTOMATIC, recordings.MANUAL}
    by_itself = has_ended and (is_recorded or _by_signals(room))
    return wanted if wanted is not None else int(by_itself)


def _by_signals(room: Room) -> bool:
    return bool(room.fields["DisableRecord"] == recordings.BY_SIGNALS)
