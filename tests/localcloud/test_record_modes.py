"""Merged recordings, single streams, a full storage, and deleting in portions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.conftest import (
    SDK_APP_ID,
    Api,
    ClassPage,
    Control,
    eventually,
    room_fields,
)
from tests.localcloud.recording import describe_record, held_class, record, shown_by_room


def recorded_twice(api: Api, control: Control, *, stops_last: bool) -> int:
    """Hold a class of 100 s that is recorded by hand from 0 to 30 s and from 60 s on."""
    room_id = api.create_room(DisableRecord=2, RecordMerge=1)
    control.post(f"/rooms/{room_id}/start")
    for start_s, stop_s in ((0, 30), (60, 100)):
        control.shift_clock(start_s)
        task_id = record(api, "Start", room_id)["TaskId"]
        control.shift_clock(stop_s)
        if stops_last or stop_s == 30:
            record(api, "Stop", room_id, TaskId=task_id)
    return room_id


@pytest.mark.parametrize("stops_last", [True, False])
def test_merged_recordings_become_one_file_at_the_end_of_the_class(
    api: Api, control: Control, stops_last: bool
) -> None:
    room_id = recorded_twice(api, control, stops_last=stops_last)
    before = {each["State"] for each in control.recordings(room_id)}

    control.post(f"/rooms/{room_id}/end")

    kept = control.recorded(room_id)
    assert before == ({"part"} if stops_last else {"part", "running"})
    assert len(control.recordings(room_id)) == 1
    assert 69 <= kept[0]["Duration"] <= 73
    assert 99 <= kept[0]["StopTime"] - kept[0]["StartTime"] <= 102
    assert shown_by_room(api, room_id) == (kept[0]["RecordUrl"], kept[0]["Duration"])


def test_merged_recordings_are_lost_together(api: Api, control: Control) -> None:
    room_id = recorded_twice(api, control, stops_last=True)
    control.post("/recording", enabled=False)

    control.post(f"/rooms/{room_id}/end")

    assert [each["State"] for each in control.recordings(room_id)] == ["failed"]


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


class TestStorageFull:
    @pytest.mark.parametrize("disable_record", [0, 2, 3])
    def test_no_room_is_made_that_would_be_recorded(
        self, api: Api, control: Control, disable_record: int
    ) -> None:
        control.post("/recording", storage_full=True)

        refused = api.refusal("CreateRoom", **room_fields(DisableRecord=disable_record))

        assert refused == "ResourceInsufficient.Record"
        assert control.get("/state")["rooms"] == []

    def test_rooms_without_recording_are_made(self, api: Api, control: Control) -> None:
        control.post("/recording", storage_full=True)

        room_id = held_class(api, control, DisableRecord=1)

        assert api.status(room_id) == 2

    @pytest.mark.parametrize("disable_record", [0, 3])
    def test_class_that_was_planned_before_is_lost(
        self, api: Api, control: Control, disable_record: int
    ) -> None:
        room_id = api.create_room(DisableRecord=disable_record)
        control.post("/recording", storage_full=True)

        for verb in ("start", "end"):
            control.post(f"/rooms/{room_id}/{verb}")

        room = control.room(room_id)
        states = [each["State"] for each in (*room["Recordings"], *room["Playbacks"])]
        assert states == ["failed"]

    def test_recording_by_hand_is_refused(
        self, api: Api, control: Control, class_page: ClassPage
    ) -> None:
        room_id = api.create_room(DisableRecord=2)
        control.post(f"/rooms/{room_id}/start")
        control.post("/recording", storage_full=True)

        refused = api.refusal("StartRecord", SdkAppId=SDK_APP_ID, RoomId=room_id)

        assert refused == "ResourceInsufficient.Record"
        assert control.recordings(room_id) == []

    def test_wrong_form_is_refused(self, control: Control) -> None:
        assert control.post("/recording", storage_full="yes").status_code == 400
        assert control.post("/recording", file_format="avi").status_code == 400


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


def test_state_file_of_an_earlier_version_is_taken_over(
    start_cloud: Callable[..., RunningCloud],
) -> None:
    first = start_cloud()
    api, control = Api(first.base_url), Control(first.base_url)
    room_id = held_class(api, control)
    control.recorded(room_id)
    state_path = first.cloud.config.state_path
    first.stop()
    with sqlite3.connect(state_path) as db:
        for name in ("kind", "file_format", "user_id", "pauses_s"):
            db.execute(f"ALTER TABLE recordings DROP COLUMN {name}")
    db.close()

    second = start_cloud()

    kept = Control(second.base_url).recordings(room_id)
    assert [(each["State"], each["FileFormat"]) for each in kept] == [("ready", "mp4")]
    assert requests.get(kept[0]["RecordUrl"], timeout=10).status_code == 200
