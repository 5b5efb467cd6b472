"""Merged recordings, single streams, a full storage, and deleting in portions."""

from __future__ import annotations

import pytest

from tests.localcloud.clients import (
    SDK_APP_ID,
    Api,
    Control,
)
from tests.localcloud.recording import describe_record, held_class, record, shown_by_room


def recorded_twice(api: Api, control: Control, *, stops_last: bool) -> int:
    """Hold a class of 100 s that is recorded by hand from 0 to 30 s and from 60 s on."""
    room_id = api.create_room(DisableRecord=2, RecordLayout=9, RecordMerge=1)
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


def test_address_and_length_stand_in_the_room_only_after_its_end(
    api: Api, control: Control
) -> None:
    room_id = api.create_room()
    control.post(f"/rooms/{room_id}/start")
    before = shown_by_room(api, room_id)
    control.shift_clock(100)
    control.post(f"/rooms/{room_id}/end")
    kept = control.recorded(room_id)[0]

    after = shown_by_room(api, room_id)
    start_s = control.room(room_id)["StartTime"]
    listed = api.call("GetRooms", SdkAppId=SDK_APP_ID, StartTime=start_s, EndTime=start_s)

    assert before == ("", 0)
    assert after == (kept["RecordUrl"], kept["Duration"])
    assert kept["Duration"] in {100, 101}
    assert [room["RecordUrl"] for room in listed["Rooms"]] == [kept["RecordUrl"]]


@pytest.mark.parametrize("disable_record", [1, 2, 3])
def test_only_the_automatic_mode_records_by_itself(
    api: Api, control: Control, disable_record: int
) -> None:
    room_id = held_class(api, control, DisableRecord=disable_record)

    assert control.recordings(room_id) == []
    assert describe_record(api, room_id) == []
