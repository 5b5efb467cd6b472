"""Recordings by hand: StartRecord, StopRecord and DescribeRecordTask; how recordings are told and deleted."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from tests.localcloud.clients import (
    HOUR_S,
    SDK_APP_ID,
    Api,
    Control,
    eventually,
)
from tests.localcloud.recording import describe_record, held_class, record, shown_by_room


@pytest.fixture
def running_manual_id(api: Api, control: Control, teacher: dict[str, Any]) -> int:
    room_id = api.create_room(DisableRecord=2, RecordLayout=9, TeacherId=teacher["UserId"])
    control.post(f"/rooms/{room_id}/start")
    return room_id


def test_each_start_and_stop_is_a_recording(
    api: Api, control: Control, running_manual_id: int
) -> None:
    tasks = []
    for count in (1, 2):
        tasks.append(record(api, "Start", running_manual_id)["TaskId"])
        control.shift_clock(50 * count)
        record(api, "Stop", running_manual_id, TaskId=tasks[-1])
        control.recorded(running_manual_id, count)
    before = shown_by_room(api, running_manual_id)
    control.post(f"/rooms/{running_manual_id}/end")

    infos = describe_record(api, running_manual_id)

    assert [info["TaskId"] for info in infos] == tasks
    assert all(info["Duration"] in {50, 51} for info in infos)
    assert before == ("", 0)
    assert shown_by_room(api, running_manual_id)[0] == infos[1]["RecordUrl"]


def test_end_of_the_class_stops_a_manual_recording(
    api: Api, control: Control, running_manual_id: int
) -> None:
    record(api, "Start", running_manual_id)

    control.post(f"/rooms/{running_manual_id}/end")

    kept = control.recorded(running_manual_id)[0]
    assert kept["StopTime"] == control.room(running_manual_id)["RealEndTime"]


def test_manual_recording_asks_for_the_right_state(
    api: Api, control: Control, running_manual_id: int
) -> None:
    automatic, waiting = api.create_room(), api.create_room(DisableRecord=2, RecordLayout=9)
    tiles = api.create_room(DisableRecord=2)
    for room_id in (automatic, tiles):
        control.post(f"/rooms/{room_id}/start")
    task_id = record(api, "Start", running_manual_id)["TaskId"]

    def refusal(verb: str, room_id: int, **more: Any) -> str:
        return api.refusal(f"{verb}Record", SdkAppId=SDK_APP_ID, RoomId=room_id, **more)

    assert refusal("Start", automatic) == "FailedOperation"
    assert refusal("Start", tiles) == "FailedOperation"
    assert refusal("Start", waiting) == "FailedOperation"
    assert refusal("Start", running_manual_id) == "FailedOperation"
    assert refusal("Stop", running_manual_id, TaskId="x") == "InvalidParameter"
    record(api, "Stop", running_manual_id, TaskId=task_id)
    assert refusal("Stop", running_manual_id, TaskId=task_id) == "InvalidParameter"
    control.post(f"/rooms/{running_manual_id}/end")
    assert refusal("Start", running_manual_id) == "FailedOperation.ClassEnded"


def task(api: Api, room_id: int) -> str:
    return str(api.call("DescribeRecordTask", SdkAppId=SDK_APP_ID, RoomId=room_id)["TaskId"])


def test_task_is_told_while_a_recording_by_hand_runs(
    api: Api, control: Control, running_manual_id: int
) -> None:
    automatic = api.create_room()
    control.post(f"/rooms/{automatic}/start")
    before = task(api, running_manual_id)

    task_id = record(api, "Start", running_manual_id)["TaskId"]

    assert (before, task(api, automatic)) == ("", "")
    assert task(api, running_manual_id) == task_id
    control.post(f"/rooms/{running_manual_id}/end")
    assert task(api, running_manual_id) == ""


def test_start_without_an_answer_is_found_by_its_task(
    api: Api, control: Control, running_manual_id: int
) -> None:
    control.switch("drop_after", action="StartRecord", times=1)
    api.refusal("StartRecord", SdkAppId=SDK_APP_ID, RoomId=running_manual_id)

    task_id = task(api, running_manual_id)
    record(api, "Stop", running_manual_id, TaskId=task_id)
    control.recorded(running_manual_id)

    assert [info["TaskId"] for info in describe_record(api, running_manual_id)] == [task_id]


def test_recording_by_hand_that_breaks_off_has_no_task_and_a_file(
    api: Api, control: Control, running_manual_id: int
) -> None:
    first = record(api, "Start", running_manual_id)["TaskId"]

    assert control.post(f"/rooms/{running_manual_id}/break_record").status_code == 200

    assert task(api, running_manual_id) == ""
    control.recorded(running_manual_id)
    assert record(api, "Start", running_manual_id)["TaskId"] != first
    automatic = api.create_room()
    assert control.post(f"/rooms/{automatic}/break_record").status_code == 409


@pytest.mark.parametrize("overtime_min", [0, 30])
def test_recording_by_hand_lasts_ten_hours_at_most(
    api: Api, control: Control, overtime_min: int
) -> None:
    end_s = int(time.time()) + 11 * HOUR_S
    room_id = api.create_room(
        DisableRecord=2, RecordLayout=9, EndTime=end_s, EndDelayTime=overtime_min
    )
    control.post(f"/rooms/{room_id}/start")
    record(api, "Start", room_id)

    control.shift_clock(13 * HOUR_S)  # with overtime, the class has ended at the same moment

    assert task(api, room_id) == ""
    assert control.recorded(room_id)[0]["Duration"] == 10 * HOUR_S


def test_api_describes_the_recording(api: Api, control: Control) -> None:
    room_id = held_class(api, control)
    kept = control.recorded(room_id)[0]

    answer = api.call("DescribeRecord", SdkAppId=SDK_APP_ID, RoomId=room_id)

    info = answer["RecordInfo"][0]
    room = control.room(room_id)
    size_bytes = len(requests.get(info["RecordUrl"], timeout=10).content)
    assert (answer["SchoolId"], answer["ClassId"]) == (SDK_APP_ID, room_id)
    assert len(answer["RecordInfo"]) == 1
    assert len(info.pop("TaskId")) == 36
    assert info == {
        "StartTime": kept["StartTime"],
        "StopTime": room["RealEndTime"],
        "Duration": room["RealEndTime"] - kept["StartTime"],
        "FileFormat": "mp4",
        "RecordUrl": kept["RecordUrl"],
        "RecordSize": size_bytes,
        "VideoId": kept["VideoId"],
    }


def test_unknown_room_is_refused(api: Api) -> None:
    room = {"SdkAppId": SDK_APP_ID, "RoomId": 1}

    assert api.refusal("DescribeRecord", **room) == "InvalidParameter"
    assert api.refusal("DeleteRecord", **room) == "ResourceNotFound.Room"
    assert api.refusal("StartRecord", **room) == "ResourceNotFound.Room"


def streams(api: Api, room_id: int) -> list[dict[str, Any]]:
    answer = api.call("DescribeRecordStream", SdkAppId=SDK_APP_ID, RoomId=room_id)
    assert (answer["SchoolId"], answer["ClassId"]) == (SDK_APP_ID, room_id)
    return list(answer["StreamInfo"])


def test_single_streams_come_beside_the_recording(
    api: Api, control: Control, teacher: dict[str, Any], student: dict[str, Any]
) -> None:
    named = {"TeacherId": teacher["UserId"], "Assistants": [student["UserId"]]}
    room_id = held_class(api, control, RecordStream=1, **named)
    mixed = control.recorded(room_id)[0]

    found = eventually(lambda: streams(api, room_id), lambda seen: len(seen) == 2)

    assert [each["UserId"] for each in found] == [teacher["UserId"], student["UserId"]]
    assert {each["Role"] for each in found} == {"main"}
    assert [requests.get(each["RecordUrl"], timeout=10).status_code for each in found] == [200] * 2
    assert [info["VideoId"] for info in describe_record(api, room_id)] == [mixed["VideoId"]]
    assert shown_by_room(api, room_id)[0] == mixed["RecordUrl"]


@pytest.mark.parametrize("changes", [{}, {"RecordStream": 1, "DisableRecord": 1}])
def test_classes_without_single_streams_have_none(
    api: Api, control: Control, teacher: dict[str, Any], changes: dict[str, int]
) -> None:
    room_id = held_class(api, control, TeacherId=teacher["UserId"], **changes)

    assert (streams(api, room_id), control.room(room_id)["Streams"]) == ([], [])
    assert api.refusal("DescribeRecordStream", SdkAppId=SDK_APP_ID, RoomId=1) == "InvalidParameter"


class TestDeletingInPortions:
    def delete(self, api: Api, *room_ids: int) -> list[int]:
        answer = api.call("BatchDeleteRecord", SdkAppId=SDK_APP_ID, RoomIds=list(room_ids))
        return list(answer["RoomIds"])

    def test_names_the_rooms_that_had_something(self, api: Api, control: Control) -> None:
        rooms = [held_class(api, control) for _ in range(2)]
        for room_id in rooms:
            control.recorded(room_id)
        empty = held_class(api, control, DisableRecord=1)

        deleted = self.delete(api, rooms[1], empty, 1, rooms[0], rooms[1])

        assert deleted == [rooms[1], rooms[0]]
        assert [describe_record(api, room_id) for room_id in rooms] == [[], []]
        assert self.delete(api, *rooms) == []

    def test_takes_a_hundred_rooms_and_no_more(self, api: Api) -> None:
        assert self.delete(api, *range(1, 101)) == []
        for room_ids in ([], list(range(101))):
            wanted = {"SdkAppId": SDK_APP_ID, "RoomIds": room_ids}
            assert api.refusal("BatchDeleteRecord", **wanted) == "InvalidParameter.ClassIDs"
