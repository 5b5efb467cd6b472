"""Rooms: creating, changing, describing, listing."""

from __future__ import annotations

import time
from typing import Any

import pytest
from tencentcloud.lcic.v20220817 import models

from tests.localcloud.clients import HOUR_S, SDK_APP_ID, Api, ClassPage, Control, room_fields

ROOM_ITEM = {name.removeprefix("_") for name in vars(models.RoomItem())}
DESCRIBED = {name.removeprefix("_") for name in vars(models.DescribeRoomResponse())}


def list_rooms(api: Api, **params: Any) -> dict[str, Any]:
    return api.call("GetRooms", SdkAppId=SDK_APP_ID, **params)


def modify(api: Api, room_id: int, **changes: Any) -> dict[str, Any]:
    return api.call("ModifyRoom", SdkAppId=SDK_APP_ID, RoomId=room_id, **changes)


def modify_refusal(api: Api, room_id: int, **changes: Any) -> str:
    return api.refusal("ModifyRoom", SdkAppId=SDK_APP_ID, RoomId=room_id, **changes)


def test_described_room_has_every_field_of_the_sdk(api: Api, teacher: dict[str, Any]) -> None:
    fields = room_fields(TeacherId=teacher["UserId"], EndDelayTime=30)
    room_id = api.call("CreateRoom", **fields)["RoomId"]

    room = api.call("DescribeRoom", RoomId=room_id)

    assert set(room) == DESCRIBED
    assert {name: room[name] for name in fields} == fields
    assert (room["Status"], room["RecordUrl"], room["VideoDuration"]) == (0, "", 0)


def test_typed_client_reads_a_room(api: Api, room_id: int) -> None:
    request = models.DescribeRoomRequest()
    request.RoomId = room_id

    assert api.client.DescribeRoom(request).Name == "语文课"


def test_refused_words_in_a_title_are_refused(api: Api, room_id: int, control: Control) -> None:
    assert api.refusal("CreateRoom", **room_fields(Name="含违禁词")) == "InvalidParameter.Content"
    assert modify_refusal(api, room_id, Name="含违禁词") == "InvalidParameter.Content"

    control.post("/words", refused=["语文"])

    assert api.refusal("CreateRoom", **room_fields()) == "InvalidParameter.Content"
    assert modify(api, room_id, Name="含违禁词")


def test_waiting_room_takes_changes(api: Api, room_id: int, student: dict[str, Any]) -> None:
    changes = {
        "Name": "数学课",
        "TeacherId": student["UserId"],
        "Assistants": [student["UserId"]],
        "StartTime": int(time.time()) + HOUR_S,
        "EndTime": int(time.time()) + 2 * HOUR_S,
        "RoomType": 1,
        "MaxMicNumber": 1,
        "Resolution": 2,
        "DisableRecord": 1,
        "EndDelayTime": 5,
    }

    modify(api, room_id, **changes)

    room = api.call("DescribeRoom", RoomId=room_id)
    assert {name: room[name] for name in changes} == changes


def test_refused_change_changes_nothing(api: Api, room_id: int) -> None:
    before = api.call("DescribeRoom", RoomId=room_id)

    modify_refusal(api, room_id, Name="数学课", TeacherId="u")

    after = api.call("DescribeRoom", RoomId=room_id)
    assert {**after, "RequestId": ""} == {**before, "RequestId": ""}


def test_room_cannot_become_a_round_table_but_may_stay_one(api: Api, room_id: int) -> None:
    round_table = api.create_room(RoomType=3)

    assert modify(api, round_table, RoomType=3, Name="圆桌")
    assert modify_refusal(api, room_id, RoomType=3) == "InvalidParameter.RoomTypeInvalid"


def test_window_of_get_rooms_includes_both_ends(api: Api) -> None:
    start = int(time.time()) + 10 * HOUR_S
    api.create_room(StartTime=start, EndTime=start + HOUR_S)

    assert list_rooms(api, StartTime=start, EndTime=start)["Total"] == 1
    assert list_rooms(api, StartTime=start + 1, EndTime=start + 9)["Total"] == 0
    assert list_rooms(api, StartTime=start - 9, EndTime=start - 1)["Total"] == 0


def test_get_rooms_pages_in_order_of_start(api: Api) -> None:
    start = int(time.time()) + 60
    made = [api.create_room(StartTime=start + 11 - i) for i in range(12)]

    first, second = list_rooms(api), list_rooms(api, Page=2)

    listed = [room["RoomId"] for room in first["Rooms"] + second["Rooms"]]
    assert listed == made[::-1]
    assert (first["Total"], len(first["Rooms"]), len(second["Rooms"])) == (12, 10, 2)
    assert len(list_rooms(api, Limit=100)["Rooms"]) == 12
    assert list_rooms(api, Page=9)["Rooms"] == []


def test_get_rooms_filters_by_status(
    api: Api, room_id: int, class_page: ClassPage, teacher: dict[str, Any]
) -> None:
    waiting = api.create_room()
    class_page.visit(room_id, teacher)
    api.call("StartRoom", RoomId=room_id)

    def listed(*status: int) -> list[int]:
        return [room["RoomId"] for room in list_rooms(api, Status=list(status))["Rooms"]]

    assert (listed(0), listed(1), listed(2)) == ([waiting], [room_id], [])
    assert sorted(listed(0, 1)) == sorted([waiting, room_id])


def test_listed_room_has_the_fields_of_the_sdk_and_no_teacher(api: Api, room_id: int) -> None:
    room = list_rooms(api)["Rooms"][0]

    assert set(room) == ROOM_ITEM
    assert "TeacherId" not in room
    assert (room["RealStartTime"], room["RealEndTime"]) == (0, 0)


def test_rooms_are_numbered_from_three_hundred_million_and_no_number_comes_again(api: Api) -> None:
    first, second = api.create_room(), api.create_room()
    api.call("DeleteRoom", RoomId=second)

    assert [first, second, api.create_room()] == [300000000, 300000001, 300000002]


def test_unknown_room_is_refused(api: Api) -> None:
    for action in ("DescribeRoom", "StartRoom", "EndRoom", "DeleteRoom"):
        assert api.refusal(action, RoomId=300000099) == "ResourceNotFound.Room", action
    assert modify_refusal(api, 300000099, Name="x") == "ResourceNotFound.Room"


@pytest.mark.parametrize(
    ("start_in_s", "length_s", "people", "refusal"),
    [
        (600, 600, {"TeacherId": "u"}, "ResourceNotFound.User"),
        (600, 600, {"Assistants": ["u"]}, "ResourceNotFound.User"),
        (600, 600, {"Guests": ["u"]}, "ResourceNotFound.User"),
        (-2, 600, {}, "InvalidParameter.StartTime"),
        (600, 0, {}, "InvalidParameter.EndTime"),
        (600, -1, {}, "InvalidParameter.EndTime"),
        (600, 72 * HOUR_S + 1, {}, "FailedOperation.ClassTooLong"),
    ],
)
def test_new_and_changed_rooms_keep_the_same_rules(
    api: Api, room_id: int, start_in_s: int, length_s: int, people: dict[str, Any], refusal: str
) -> None:
    start = int(time.time()) + start_in_s
    fields = {"StartTime": start, "EndTime": start + length_s, **people}

    assert api.refusal("CreateRoom", **room_fields(**fields)) == refusal
    assert modify_refusal(api, room_id, **fields) == refusal


def test_booking_may_span_seventy_two_hours(api: Api) -> None:
    start = int(time.time()) + 600

    assert api.create_room(StartTime=start, EndTime=start + 72 * HOUR_S)


def test_change_is_held_against_the_kept_fields(api: Api, room_id: int) -> None:
    start = api.call("DescribeRoom", RoomId=room_id)["StartTime"]

    assert modify_refusal(api, room_id, EndTime=start) == "InvalidParameter.EndTime"
    assert modify_refusal(api, room_id, RoomType=1) == "InvalidParameter.MaxMicNumber"
    assert modify_refusal(api, room_id, Resolution=2, MaxMicNumber=8) == "InvalidParameterValue"


def test_default_window_of_get_rooms_is_half_an_hour_each_way_of_the_clouds_clock(
    api: Api, control: Control
) -> None:
    now_s = int(time.time())
    near = api.create_room(StartTime=now_s + 1790, EndTime=now_s + 2 * HOUR_S)
    api.create_room(StartTime=now_s + 1860, EndTime=now_s + 2 * HOUR_S)

    found = list_rooms(api)
    control.shift_clock(2 * HOUR_S)

    assert (found["Total"], [room["RoomId"] for room in found["Rooms"]]) == (1, [near])
    assert list_rooms(api)["Total"] == 0
