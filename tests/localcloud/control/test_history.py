"""Classes of the past that control puts in."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import HOUR_S, SDK_APP_ID, Api, Control
from tests.localcloud.receiver import Receiver

START_S = 1_725_235_200


def past(**changes: Any) -> dict[str, Any]:
    return {"Name": "语文课", "StartTime": START_S, "EndTime": START_S + 2700, **changes}


def test_past_class_ended_with_its_recordings_ready(
    api: Api, control: Control, teacher: dict[str, Any]
) -> None:
    fields = past(TeacherId=teacher["UserId"], RoomType=1, MaxMicNumber=1, recordings=3)
    answer = control.post("/history", **fields)

    room_id = answer.json()["RoomId"]
    room = api.call("DescribeRoom", RoomId=room_id)
    listed = api.call("GetRooms", SdkAppId=SDK_APP_ID, StartTime=START_S, EndTime=START_S)
    infos = api.call("DescribeRecord", SdkAppId=SDK_APP_ID, RoomId=room_id)["RecordInfo"]

    assert answer.status_code == 200
    assert (room["Status"], room["TeacherId"], room["RoomType"]) == (2, teacher["UserId"], 1)
    assert (room["MaxMicNumber"], room["RecordUrl"]) == (1, infos[2]["RecordUrl"])
    item = listed["Rooms"][0]
    assert (item["RealStartTime"], item["RealEndTime"]) == (START_S, START_S + 2700)
    assert [(info["StartTime"] - START_S, info["Duration"]) for info in infos] == [
        (0, 900),
        (900, 900),
        (1800, 900),
    ]
    sizes = [len(requests.get(info["RecordUrl"], timeout=10).content) for info in infos]
    assert [info["RecordSize"] for info in infos] == sizes


def test_past_class_has_who_was_there(
    api: Api, control: Control, teacher: dict[str, Any], student: dict[str, Any]
) -> None:
    visits = [
        {"user_id": user["UserId"], "joined_s": START_S + first, "left_s": START_S + last}
        for user, first, last in ((teacher, 0, 2700), (student, 60, 360), (student, 600, 700))
    ]

    fields = past(TeacherId=teacher["UserId"], recordings=0, visits=visits)
    room_id = control.post("/history", **fields).json()["RoomId"]

    answer = api.call("DescribeRoomStatistics", RoomId=room_id, Page=1, Limit=1000)
    assert [
        (record["Role"], record["PresentTime"], record["LastQuitTimestamp"] - START_S)
        for record in answer["MemberRecords"]
    ] == [(1, 2700, 2700), (0, 400, 700)]
    backwards = {**visits[0], "joined_s": START_S + 5000}
    assert control.post("/history", **past(visits=[backwards])).status_code == 400


def test_past_class_may_have_a_single_stream(
    api: Api, control: Control, teacher: dict[str, Any]
) -> None:
    fields = past(TeacherId=teacher["UserId"], RecordStream=1)

    room_id = control.post("/history", **fields).json()["RoomId"]

    streams = api.call("DescribeRecordStream", SdkAppId=SDK_APP_ID, RoomId=room_id)["StreamInfo"]
    assert [(each["UserId"], each["StartTime"], each["Duration"]) for each in streams] == [
        (teacher["UserId"], START_S, 2700)
    ]
    assert len(control.recordings(room_id)) == 1


@pytest.mark.parametrize("changes", [{"DisableRecord": 2}, {"recordings": 0}, {"TeacherId": ""}])
def test_past_class_has_none_without_an_automatic_recording_or_a_teacher(
    control: Control, teacher: dict[str, Any], changes: dict[str, Any]
) -> None:
    fields = past(**({"TeacherId": teacher["UserId"], "RecordStream": 1} | changes))

    room_id = control.post("/history", **fields).json()["RoomId"]

    assert control.room(room_id)["Streams"] == []


def test_given_number_is_taken_and_safe_to_repeat(api: Api, control: Control) -> None:
    first = control.post("/history", **past(room_id=345_678_901))
    state = control.get("/state")

    second = control.post("/history", **past(room_id=345_678_901, Name="数学课", recordings=2))

    assert [answer.json() for answer in (first, second)] == [{"RoomId": 345_678_901}] * 2
    assert control.get("/state") == state


def test_new_rooms_step_over_a_given_number(api: Api, control: Control) -> None:
    control.post("/history", **past(room_id=300_000_000, recordings=0))

    assert [api.create_room(), api.create_room()] == [300_000_001, 300_000_002]


@pytest.mark.parametrize(
    ("changes", "count"),
    [({}, 1), ({"recordings": 0}, 0), ({"DisableRecord": 1}, 0), ({"DisableRecord": 3}, 0)],
)
def test_recordings_follow_from_the_mode_unless_named(
    control: Control, changes: dict[str, Any], count: int
) -> None:
    room_id = control.post("/history", **past(**changes)).json()["RoomId"]

    assert len(control.recordings(room_id)) == count


def test_past_class_may_have_expired(api: Api, control: Control) -> None:
    room_id = control.post("/history", **past(status=3)).json()["RoomId"]

    room = control.room(room_id)
    assert (api.status(room_id), room["RealStartTime"], room["Recordings"]) == (3, 0, [])


def test_no_callback_tells_of_the_past(control: Control, receiver: Receiver) -> None:
    control.post("/callbacks", url=receiver.url)

    control.post("/history", **past())

    assert (control.deliveries(), receiver.received) == ([], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"Name": ""},
        {"Name": "违禁词"},
        {"StartTime": None},
        {"EndTime": START_S},
        {"EndTime": int(time.time()) + HOUR_S, "StartTime": int(time.time())},
        {"TeacherId": "nobody"},
        {"RoomType": 9},
        {"MaxMicNumber": 17},
        {"recordings": -1},
        {"recordings": 51},
        {"file_format": "avi"},
        {"status": 3, "recordings": 1},
        {"status": 1},
        {"room_id": 0},
        {"room_id": "300000000"},
        {"visits": [{"user_id": "nobody", "joined_s": 5, "left_s": 6}]},
        {"visits": [{"user_id": "nobody", "joined_s": 5}]},
        {"more": 1},
    ],
)
def test_past_class_of_a_wrong_form_is_refused(control: Control, changes: dict[str, Any]) -> None:
    answer = control.post("/history", **past(**changes))

    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert control.get("/state")["rooms"] == []


@pytest.mark.usefixtures("real_recordings")
def test_file_that_cannot_be_made_is_told(start_cloud: Callable[[], RunningCloud]) -> None:
    cloud = start_cloud()
    cloud.cloud.config.media_path.write_bytes(b"a file where the folder should be")

    answer = Control(cloud.base_url).post("/history", **past())

    assert (answer.status_code, answer.json()) == (500, {"error": "a recording could not be made"})
