"""A room's life: start, end, overtime, expiry, and what is frozen when."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.localcloud.clients import HOUR_S, SDK_APP_ID, Api, ClassPage, Control

FROZEN: dict[str, Any] = {
    "StartTime": 4_000_000_000,
    "EndTime": 4_000_000_000,
    "TeacherId": "",
    "Resolution": 1,
    "AutoMic": 0,
    "AudioQuality": 0,
    "SubType": "video",
    "Assistants": [],
    "GroupId": "",
    "EnableDirectControl": 0,
    "RecordLayout": 0,
    "MaxMicNumber": 1,
    "DisableRecord": 1,
}


def modify_refusal(api: Api, room_id: int, **changes: Any) -> str:
    return api.refusal("ModifyRoom", SdkAppId=SDK_APP_ID, RoomId=room_id, **changes)


def started_room(api: Api, class_page: ClassPage, teacher: dict[str, Any], **changes: Any) -> int:
    room_id = api.create_room(TeacherId=teacher["UserId"], **changes)
    class_page.visit(room_id, teacher)
    api.call("StartRoom", RoomId=room_id)
    return room_id


@pytest.fixture
def running_id(api: Api, class_page: ClassPage, teacher: dict[str, Any]) -> int:
    return started_room(api, class_page, teacher)


@pytest.mark.parametrize("name", sorted(FROZEN))
def test_start_freezes_field(api: Api, running_id: int, name: str) -> None:
    refusal = modify_refusal(api, running_id, Name="新名称", **{name: FROZEN[name]})

    assert refusal == "FailedOperation.ClassStarted"
    assert api.call("DescribeRoom", RoomId=running_id)["Name"] == "语文课"


def test_running_class_may_be_renamed_and_given_overtime(api: Api, running_id: int) -> None:
    api.call("ModifyRoom", SdkAppId=SDK_APP_ID, RoomId=running_id, Name="新名称", EndDelayTime=9)

    room = api.call("DescribeRoom", RoomId=running_id)
    assert (room["Name"], room["EndDelayTime"], room["Status"]) == ("新名称", 9, 1)


@pytest.mark.parametrize(("delay_min", "expires_after_s"), [(0, 0), (-1, 0), (10, 600)])
def test_room_never_started_expires_after_end_and_overtime(
    api: Api, control: Control, delay_min: int, expires_after_s: int
) -> None:
    end = int(time.time()) + HOUR_S
    room_id = api.create_room(EndTime=end, EndDelayTime=delay_min)

    control.shift_clock(HOUR_S + expires_after_s - 30)
    before = api.status(room_id)
    control.shift_clock(HOUR_S + expires_after_s + 30)

    assert (before, api.status(room_id)) == (0, 3)


@pytest.mark.parametrize(("delay_min", "ends_after_s"), [(-1, 0), (10, 600)])
def test_running_class_is_ended_when_overtime_runs_out(
    api: Api,
    control: Control,
    class_page: ClassPage,
    teacher: dict[str, Any],
    delay_min: int,
    ends_after_s: int,
) -> None:
    end = int(time.time()) + HOUR_S
    room_id = started_room(api, class_page, teacher, EndTime=end, EndDelayTime=delay_min)

    control.shift_clock(HOUR_S + ends_after_s - 30)
    before = api.status(room_id)
    control.shift_clock(HOUR_S + ends_after_s + 30)

    room = control.room(room_id)
    assert (before, room["Status"], room["Members"]) == (1, 2, [])
    assert room["RealEndTime"] == end + ends_after_s
    assert control.recorded(room_id)[0]["StopTime"] == end + ends_after_s


def test_running_class_without_overtime_limit_never_ends_by_itself(
    api: Api, control: Control, running_id: int
) -> None:
    control.shift_clock(100 * HOUR_S)

    assert api.status(running_id) == 1


def test_listing_sees_expiry_and_overtime_too(
    api: Api, control: Control, class_page: ClassPage, teacher: dict[str, Any]
) -> None:
    start = int(time.time()) + 60
    expired = api.create_room(StartTime=start)
    ended = started_room(api, class_page, teacher, StartTime=start, EndDelayTime=-1)
    control.shift_clock(2 * HOUR_S)

    rooms = api.call("GetRooms", SdkAppId=SDK_APP_ID, StartTime=start, EndTime=start)["Rooms"]

    assert {room["RoomId"]: room["Status"] for room in rooms} == {expired: 3, ended: 2}


def test_moved_end_moves_expiry(api: Api, control: Control, room_id: int) -> None:
    later = int(time.time()) + 5 * HOUR_S
    api.call("ModifyRoom", SdkAppId=SDK_APP_ID, RoomId=room_id, EndTime=later)

    control.shift_clock(4 * HOUR_S)

    assert api.status(room_id) == 0


def test_waiting_room_can_be_deleted_with_people_inside(
    api: Api, control: Control, room_id: int, class_page: ClassPage, teacher: dict[str, Any]
) -> None:
    class_page.visit(room_id, teacher)

    api.call("DeleteRoom", RoomId=room_id)

    assert control.get("/state")["rooms"] == []
    assert class_page.visit(room_id, teacher).status_code == 404


def test_waiting_room_is_started_by_somebody_inside_and_not_ended(
    api: Api, control: Control, room_id: int, class_page: ClassPage, student: dict[str, Any]
) -> None:
    assert api.refusal("EndRoom", RoomId=room_id) == "FailedOperation"
    assert api.refusal("StartRoom", RoomId=room_id) == "FailedOperation"

    class_page.visit(room_id, student)
    api.call("StartRoom", RoomId=room_id)

    room = control.room(room_id)
    assert (room["Status"], room["RealEndTime"]) == (1, 0)
    assert abs(room["RealStartTime"] - time.time()) < 60


def test_running_class_is_ended_and_neither_started_nor_deleted(
    api: Api, control: Control, running_id: int
) -> None:
    assert api.refusal("StartRoom", RoomId=running_id) == "FailedOperation.ClassStarted"
    assert api.refusal("DeleteRoom", RoomId=running_id) == "FailedOperation.ClassStarted"

    api.call("EndRoom", RoomId=running_id)

    room = control.room(running_id)
    assert (room["Status"], room["Members"]) == (2, [])
    assert abs(room["RealEndTime"] - time.time()) < 60


@pytest.mark.parametrize(
    ("started", "status", "refusal"),
    [(True, 2, "FailedOperation.ClassEnded"), (False, 3, "FailedOperation.ClassExpired")],
)
def test_room_that_is_over_refuses_everything_but_deletion(
    api: Api, control: Control, room_id: int, started: bool, status: int, refusal: str
) -> None:
    for verb in ("start", "end") if started else ("expire",):
        control.post(f"/rooms/{room_id}/{verb}")

    assert api.status(room_id) == status
    assert api.refusal("StartRoom", RoomId=room_id) == refusal
    assert api.refusal("EndRoom", RoomId=room_id) == refusal
    assert modify_refusal(api, room_id, Name="x") == refusal
    api.call("DeleteRoom", RoomId=room_id)
    assert api.refusal("DescribeRoom", RoomId=room_id) == "ResourceNotFound.Room"
