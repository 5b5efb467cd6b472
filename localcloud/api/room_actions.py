"""The room actions of the API."""

from __future__ import annotations

from typing import Any

from localcloud.api import room_rules
from localcloud.api.parameters import Parameter
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state import lifecycle, members, recording_settings, recordings, rooms
from localcloud.state.rooms import Room

ROOM_ID = {"RoomId": Parameter("int", required=True)}
DESCRIBE_ROOM = {**ROOM_ID, "RTMPStreamingURL": Parameter("int", choices=frozenset({0, 1}))}
GET_ROOMS = {
    "SdkAppId": Parameter("int", required=True),
    "StartTime": Parameter("int"),
    "EndTime": Parameter("int"),
    "Page": Parameter("int", low=1),
    "Limit": Parameter("int", low=1, high=100),
    "Status": Parameter("ints", choices=frozenset({0, 1, 2, 3})),
}
DEFAULT_WINDOW_S = 30 * 60
DEFAULT_LIMIT = 10
_NOT_DESCRIBED = {"TurnOffMic", "RTCAudienceNumber"}
_ITEM_FIELDS = (
    "Name",
    "StartTime",
    "EndTime",
    "Resolution",
    "MaxMicNumber",
    "EnableDirectControl",
    "InteractionMode",
    "VideoOrientation",
    "IsGradingRequiredPostClass",
    "RoomType",
    "EndDelayTime",
    "LiveType",
    "RecordLiveUrl",
    "EnableAutoStart",
    "RecordBackground",
    "RecordScene",
    "RecordLang",
    "WhiteBoardSnapshotMode",
    "SubtitlesTranscription",
)


def create_room(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    fields = {**room_rules.defaults(), **params}
    del fields["SdkAppId"]
    room_rules.check_fields(cloud, fields, changed=params.keys() - {"SdkAppId"})
    is_recorded = fields["DisableRecord"] != recordings.NONE
    if is_recorded and recording_settings.load(cloud).storage_full:
        raise CloudError("ResourceInsufficient.Record", "The storage of recordings is full.")
    return {"RoomId": rooms.add(cloud, fields).room_id}


def modify_room(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    changes = {name: value for name, value in params.items() if name not in {"RoomId", "SdkAppId"}}
    room = rooms.get(cloud, params["RoomId"])
    room.require_open()
    # Also with an unchanged value: the cloud's pages do not say that sending it again is allowed.
    if room.status == rooms.RUNNING and any(name in changes for name in room_rules.FROZEN_BY_START):
        raise CloudError(
            "FailedOperation.ClassStarted", "The class has started; this is fixed now."
        )
    becomes_round_table = (
        changes.get("RoomType") == room_rules.ROUND_TABLE != room.fields["RoomType"]
    )
    if becomes_round_table:
        raise CloudError("InvalidParameter.RoomTypeInvalid", "A room cannot become a round table.")
    room.fields.update(changes)
    room_rules.check_fields(cloud, room.fields, changed=changes.keys())
    rooms.save(cloud, room)
    return {}


def describe_room(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    described = {name: value for name, value in room.fields.items() if name not in _NOT_DESCRIBED}
    record_url, duration_s = recordings.latest_file(cloud, room)
    return {
        **described,
        "SdkAppId": cloud.config.sdk_app_id,
        "Status": room.status,
        "RecordUrl": record_url,
        "VideoDuration": duration_s,
        "RTMPStreamingURL": "",
    }


def get_rooms(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    """List rooms by StartTime; both ends of the window are included."""
    now_s = cloud.now_s()
    first_s = params.get("StartTime", now_s - DEFAULT_WINDOW_S)
    last_s = params.get("EndTime", now_s + DEFAULT_WINDOW_S)
    wanted = params.get("Status") or [rooms.WAITING, rooms.RUNNING, rooms.ENDED, rooms.EXPIRED]
    found = [
        room for room in rooms.planned_between(cloud, first_s, last_s) if room.status in wanted
    ]
    limit = params.get("Limit", DEFAULT_LIMIT)
    skipped = (params.get("Page", 1) - 1) * limit
    return {
        "Total": len(found),
        "Rooms": [_item(cloud, room) for room in found[skipped : skipped + limit]],
    }


def start_room(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    room.require_open()
    if room.status == rooms.RUNNING:
        raise CloudError("FailedOperation.ClassStarted", "The class has already started.")
    if not members.in_room(cloud, room):
        raise CloudError("FailedOperation", "Nobody has entered the room yet.")
    lifecycle.start(cloud, room)
    return {}


def end_room(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    room.require_open()
    if room.status == rooms.WAITING:
        raise CloudError("FailedOperation", "The class has not started.")
    lifecycle.end(cloud, room)
    return {}


def delete_room(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    if room.status == rooms.RUNNING:
        raise CloudError("FailedOperation.ClassStarted", "A running class cannot be deleted.")
    lifecycle.delete(cloud, room)
    return {}


def _item(cloud: Cloud, room: Room) -> dict[str, Any]:
    return {
        **{name: room.fields[name] for name in _ITEM_FIELDS},
        "RoomId": room.room_id,
        "Status": room.status,
        "RealStartTime": room.real_start_s,
        "RealEndTime": room.real_end_s,
        "RecordUrl": recordings.latest_file(cloud, room)[0],
        # Obsolete fields that the cloud still sends.
        "MaxRTCMember": 0,
        "ReplayUrl": "",
    }
