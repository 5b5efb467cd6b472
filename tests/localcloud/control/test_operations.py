"""Recordings that come late, and those that vanish."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import Api, Control
from tests.localcloud.recording import describe_record, held_class, record, shown_by_room


def test_late_recording_is_one_more_file(api: Api, control: Control) -> None:
    room_id = held_class(api, control)
    first = control.recorded(room_id)[0]
    start_s = first["StartTime"] - 100

    answer = control.post(f"/rooms/{room_id}/record", start_s=start_s, duration_s=90)

    assert answer.status_code == 200
    late = control.recorded(room_id, 2)[1]
    assert (late["StartTime"], late["StopTime"]) == (start_s, start_s + 90)
    assert answer.json() == {"VideoId": late["VideoId"], "RecordUrl": late["RecordUrl"]}
    assert [info["VideoId"] for info in describe_record(api, room_id)] == [
        first["VideoId"],
        late["VideoId"],
    ]
    assert shown_by_room(api, room_id) == (late["RecordUrl"], 90)


@pytest.mark.parametrize(
    ("change", "body", "status"),
    [
        ("start", {}, 409),
        ("end", {"duration_s": 0}, 400),
        ("end", {"duration_s": "1"}, 400),
        ("end", {"start_s": -1}, 400),
        ("end", {"more": 1}, 400),
    ],
)
def test_late_recording_of_a_wrong_form_or_time_is_refused(
    api: Api, control: Control, change: str, body: dict[str, Any], status: int
) -> None:
    room_id = api.create_room(DisableRecord=1)
    for verb in ("start", "end")[: 1 + (change == "end")]:
        control.post(f"/rooms/{room_id}/{verb}")

    assert control.post(f"/rooms/{room_id}/record", **body).status_code == status
    assert control.recordings(room_id) == []
    assert control.post("/rooms/1/record").status_code == 404


@pytest.mark.parametrize("way", ["api", "control", "room"])
def test_deleted_recordings_vanish_with_their_files(
    cloud: RunningCloud, api: Api, control: Control, way: str
) -> None:
    room_id, other = held_class(api, control), held_class(api, control)
    url, kept = (control.recorded(each)[0]["RecordUrl"] for each in (room_id, other))

    if way == "api":
        record(api, "Delete", room_id)
    elif way == "control":
        control.post(f"/rooms/{room_id}/delete_records")
    else:
        api.call("DeleteRoom", RoomId=room_id)

    assert requests.get(url, timeout=10).status_code == 404
    assert requests.get(kept, timeout=10).status_code == 200
    assert [folder.name for folder in cloud.cloud.config.media_path.iterdir()] == [str(other)]
    if way != "room":
        assert describe_record(api, room_id) == []
        assert shown_by_room(api, room_id) == ("", 0)


def test_deleting_again_and_unknown_rooms_are_told(api: Api, control: Control) -> None:
    room_id = held_class(api, control, DisableRecord=1)

    assert record(api, "Delete", room_id).keys() == {"RequestId"}
    assert control.post(f"/rooms/{room_id}/delete_records").status_code == 200
    assert control.post("/rooms/1/delete_records").status_code == 404
