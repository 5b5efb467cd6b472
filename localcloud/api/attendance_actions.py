"""The actions that tell who is and was in class: DescribeCurrentMemberList, GetRoomEvent, DescribeRoomStatistics.

Assumed, because the cloud's pages are silent: the events of a room are an empty list, with a Total of 0, an hour after
its end (of a class that never began: after its expiry); an answer to a Keyword holds all events of that type; a page
past the last one is empty. A deleted room has neither events nor statistics. `state/current_members.py` says what is
assumed of the people of a class that goes on.
"""

from __future__ import annotations

from typing import Any

from localcloud.api.parameters import Parameter
from localcloud.callbacks import events, room_events
from localcloud.callbacks.room_events import RoomEvent
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state import (
    attendance_settings,
    current_members,
    room_expiry,
    rooms,
    statistics,
)
from localcloud.state.attendance_settings import AttendanceSettings
from localcloud.state.rooms import Room
from localcloud.state.statistics import MemberRecord

EVENTS_KEPT_S = 3600
GET_ROOM_EVENT = {
    "RoomId": Parameter("int", required=True),
    "SdkAppId": Parameter("int", required=True),
    "Page": Parameter("int", required=True, low=1),
    "Limit": Parameter("int", required=True, low=1, high=100),
    "Keyword": Parameter("text", high=64),
}
DESCRIBE_ROOM_STATISTICS = {
    "RoomId": Parameter("int", required=True),
    "Page": Parameter("int", required=True, low=1),
    "Limit": Parameter("int", required=True, low=1, high=1000),
}
DESCRIBE_CURRENT_MEMBER_LIST = DESCRIBE_ROOM_STATISTICS
# What is added to a Total that promises more than there is.
_TOO_MANY = 1000


def get_room_event(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    """List what happened in a room. Page and Limit act only without a Keyword, which never narrows the Total."""
    room = rooms.get(cloud, params["RoomId"])
    settings = attendance_settings.load(cloud, room.room_id)
    happened = _without_lost(_kept(cloud, room), settings.events)
    keyword = params.get("Keyword")
    if keyword:
        shown = [event for event in happened if event.event_type == keyword]
        shown = shown[: settings.keyword_limit or None]
    else:
        skipped = (params["Page"] - 1) * params["Limit"]
        shown = happened[skipped : skipped + params["Limit"]]
    return {
        "Total": len(happened),
        "Events": [
            {"Timestamp": event.at_s, "EventType": event.event_type, "EventData": event.data}
            for event in shown
        ],
    }


def describe_room_statistics(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    settings = attendance_settings.load(cloud, room.room_id)
    _require_statistics(cloud, room, settings)
    records = statistics.member_records(cloud, room)
    return {
        "PeakMemberNumber": statistics.peak(cloud, room),
        "MemberNumber": sum(record.state != statistics.NOT_COME for record in records),
        "Total": _total(len(records), settings),
        "MemberRecords": _page(records, params, settings),
        "RealStartTime": room.real_start_s,
        "RealEndTime": room.real_end_s,
        "MessageCount": 0,
        "MicCount": 0,
    }


def describe_current_member_list(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    room.require_open()
    settings = attendance_settings.load(cloud, room.room_id)
    records, present = current_members.listed(cloud, room)
    return {
        "Total": _total(present, settings),
        "MemberRecords": _page(records, params, settings),
    }


def _kept(cloud: Cloud, room: Room) -> list[RoomEvent]:
    over_s = room.real_end_s
    if room.status == rooms.EXPIRED:
        over_s = room_expiry.expires_s(room.fields["EndTime"], room.fields["EndDelayTime"])
    is_over = not room.is_open and cloud.now_s() >= over_s + EVENTS_KEPT_S
    return [] if is_over else room_events.of_room(cloud, room.room_id)


def _without_lost(happened: list[RoomEvent], kind: str) -> list[RoomEvent]:
    if kind == attendance_settings.EVENTS_NONE:
        return []
    if kind == attendance_settings.EVENTS_ALL:
        return happened
    people = [event.data["UserId"] for event in happened if event.event_type == events.MEMBER_JOIN]
    lost = set(list(dict.fromkeys(people))[1::2])
    return [event for event in happened if event.data.get("UserId") not in lost]


def _require_statistics(cloud: Cloud, room: Room, settings: AttendanceSettings) -> None:
    if room.is_open:
        raise CloudError("FailedOperation.RoomNotEnd", "The class has not ended.")
    if room.status == rooms.EXPIRED:
        raise CloudError("FailedOperation.ClassExpired", "The class has expired.")
    if settings.refuse:
        raise CloudError(settings.refuse, "A switch is set.")
    if settings.never or cloud.time_s() < room.real_end_s + settings.late_s:
        raise CloudError("ResourceUnavailable.RoomStatistics", "The statistics are being made.")


def _page(
    records: list[MemberRecord], params: dict[str, Any], settings: AttendanceSettings
) -> list[dict[str, Any]]:
    page = params["Page"]
    if page > 1 and settings.garble == attendance_settings.GARBLE_PAGE2:
        raise CloudError("FailedOperation", "A switch is set.")
    limit = min(params["Limit"], settings.page_size)
    skipped = 0 if settings.garble == attendance_settings.GARBLE_REPEAT else (page - 1) * limit
    return [
        _line(record, settings.garble, skipped + number)
        for number, record in enumerate(records[skipped : skipped + limit])
    ]


def _total(count: int, settings: AttendanceSettings) -> int:
    promises_more = {
        attendance_settings.GARBLE_TOTAL,
        attendance_settings.GARBLE_PAGE2,
        attendance_settings.GARBLE_REPEAT,
    }
    return count + (_TOO_MANY if settings.garble in promises_more else 0)


def _line(record: MemberRecord, garble: str, number: int) -> dict[str, Any]:
    """Return a record as the API tells it; every third one is garbled where that is asked for."""
    line: dict[str, Any] = {
        "UserId": record.user_id,
        "UserName": record.name,
        "PresentTime": record.present_s,
        "Camera": 0,
        "Mic": 0,
        "Silence": 0,
        "AnswerQuestions": 0,
        "HandUps": 0,
        "FirstJoinTimestamp": record.first_join_s,
        "LastQuitTimestamp": record.last_quit_s,
        "Rewords": 0,
        "IPAddress": record.ip_address,
        "Location": record.location,
        "Device": record.device,
        "PerMemberMicCount": 0,
        "PerMemberMessageCount": 0,
        "Role": record.role,
        "GroupId": "",
        "SubGroupId": None,
        "Stage": 0,
        "CurrentState": record.state,
    }
    if number % 3 == 0 and garble == attendance_settings.GARBLE_TYPES:
        line |= {"UserName": None, "PresentTime": "many", "FirstJoinTimestamp": "早", "Role": {}}
    if number % 3 == 0 and garble == attendance_settings.GARBLE_MISSING:
        del line["PresentTime" if number else "UserId"]
    return line
