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


def test_room_ids_are_numbered_from_three_hundred_million(api: Api) -> None:
    assert [api.create_room(), api.create_room()] == [300000000, 300000001]


def test_number_of_a_deleted_room_is_not_given_again(api: Api) -> None:
    api.call("DeleteRoom", RoomId=api.create_room())

    assert api.create_room() == 300000001


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


@pytest.mark.parametrize("action", ["DescribeRoom", "StartRoom", "EndRoom", "DeleteRoom"])
def test_unknown_room_is_refused(api: Api, action: str) -> None:
    assert api.refusal(action, RoomId=300000099) == "ResourceNotFound.Room"


def test_unknown_room_cannot_be_modified(api: Api) -> None:
    assert modify_refusal(api, 300000099, Name="x") == "ResourceNotFound.Room"


@pytest.mark.parametrize("people", [{"TeacherId": "u"}, {"Assistants": ["u"]}, {"Guests": ["u"]}])
def test_people_must_be_registered(api: Api, room_id: int, people: dict[str, Any]) -> None:
    assert api.refusal("CreateRoom", **room_fields(**people)) == "ResourceNotFound.User"
    assert modify_refusal(api, room_id, **people) == "ResourceNotFound.User"


def test_start_in_the_past_is_refused(api: Api, room_id: int) -> None:
    past = int(time.time()) - 2

    assert api.refusal("CreateRoom", **room_fields(StartTime=past)) == "InvalidParameter.StartTime"
    assert modify_refusal(api, room_id, StartTime=past) == "InvalidParameter.StartTime"


@pytest.mark.parametrize("length_s", [0, -1])
def test_end_not_after_start_is_refused(api: Api, room_id: int, length_s: int) -> None:
    start = int(time.time()) + 600
    times = {"StartTime": start, "EndTime": start + length_s}

    assert api.refusal("CreateRoom", **room_fields(**times)) == "InvalidParameter.EndTime"
    assert modify_refusal(api, room_id, **times) == "InvalidParameter.EndTime"


def test_booking_may_span_seventy_two_hours_and_no_more(api: Api, room_id: int) -> None:
    start = int(time.time()) + 600
    longest = {"StartTime": start, "EndTime": start + 72 * HOUR_S}
    too_long = {**longest, "EndTime": start + 72 * HOUR_S + 1}

    assert api.create_room(**longest)
    assert api.refusal("CreateRoom", **room_fields(**too_long)) == "FailedOperation.ClassTooLong"
    assert modify_refusal(api, room_id, **too_long) == "FailedOperation.ClassTooLong"


def test_modified_end_is_held_against_the_kept_start(api: Api, room_id: int) -> None:
    start = api.call("DescribeRoom", RoomId=room_id)["StartTime"]

    assert modify_refusal(api, room_id, EndTime=start) == "InvalidParameter.EndTime"


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


def test_modified_stage_is_held_against_the_kept_fields(api: Api, room_id: int) -> None:
    assert modify_refusal(api, room_id, RoomType=1) == "InvalidParameter.MaxMicNumber"
    assert modify_refusal(api, room_id, Resolution=2, MaxMicNumber=8) == "InvalidParameterValue"


def test_room_cannot_become_a_round_table_but_may_stay_one(api: Api, room_id: int) -> None:
    round_table = api.create_room(RoomType=3)

    assert modify(api, round_table, RoomType=3, Name="圆桌")
    assert modify_refusal(api, room_id, RoomType=3) == "InvalidParameter.RoomTypeInvalid"


def test_default_window_of_get_rooms_is_half_an_hour_each_way(api: Api) -> None:
    now_s = int(time.time())
    near = api.create_room(StartTime=now_s + 1790, EndTime=now_s + 2 * HOUR_S)
    api.create_room(StartTime=now_s + 1860, EndTime=now_s + 2 * HOUR_S)

    found = list_rooms(api)

    assert (found["Total"], [room["RoomId"] for room in found["Rooms"]]) == (1, [near])


def test_default_window_follows_the_cloud_clock(api: Api, control: Control, room_id: int) -> None:
    control.shift_clock(45 * 60)

    assert list_rooms(api)["Total"] == 0


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
