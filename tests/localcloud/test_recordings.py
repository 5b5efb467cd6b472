"""Recordings: when there is one, what the API says of it, and that it plays."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
import requests

from localcloud.http.server import RunningCloud
from localcloud.media import fonts, recording_files
from tests.localcloud.conftest import (
    HOUR_S,
    SDK_APP_ID,
    Api,
    Control,
    eventually,
    room_fields,
)
from tests.localcloud.recording import describe_record, held_class, shown_by_room


def probe(path: Path) -> str:
    """Play a file to its end and return what the player said of it."""
    arguments = ["-hide_banner", "-nostdin", "-xerror", "-i", str(path), "-f", "null", "-"]
    program = imageio_ffmpeg.get_ffmpeg_exe()  # type: ignore[attr-defined] # untyped
    played = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    return played.stderr


@pytest.mark.usefixtures("real_recordings")
def test_ended_class_has_a_recording_that_plays(api: Api, control: Control, tmp_path: Path) -> None:
    room_id = held_class(api, control)
    url = control.recorded(room_id)[0]["RecordUrl"]
    (tmp_path / "f0.mp4").write_bytes(requests.get(url, timeout=10).content)

    said = probe(tmp_path / "f0.mp4")

    assert re.findall(r"Stream #0:\d.*?: (Video: h264|Audio: aac)", said)[:2] == [
        "Video: h264",
        "Audio: aac",
    ]
    assert re.findall(r"yuv420p|640x360|10 fps", said.partition("Output")[0]) == [
        "yuv420p",
        "640x360",
        "10 fps",
    ]
    assert re.findall(r"title +: (.*)", said)[0] == "语文课"
    assert re.findall(r"Duration: ([\d:]+)", said) == ["00:00:03"]


@pytest.mark.usefixtures("real_recordings")
def test_recording_can_be_played_while_it_is_loaded(api: Api, control: Control) -> None:
    url = control.recorded(held_class(api, control))[0]["RecordUrl"]

    content = requests.get(url, timeout=10).content

    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.usefixtures("real_recordings")
@pytest.mark.parametrize(("class_s", "file_s"), [(1, 3), (7, 7), (3600, 20)])
def test_file_lasts_as_long_as_the_class_within_bounds(
    cloud: RunningCloud, control: Control, class_s: int, file_s: int
) -> None:
    now_s = int(time.time())
    history = {"Name": "x", "StartTime": now_s - class_s, "EndTime": now_s}
    room_id = control.post("/history", **history).json()["RoomId"]
    recording = control.recordings(room_id)[0]
    path = cloud.cloud.config.media_path / str(room_id) / recording["VideoId"] / "f0.mp4"

    said = probe(path)

    assert recording["Duration"] == class_s
    assert re.findall(r"Duration: 00:00:(\d\d)\.00", said) == [f"{file_s:02}"]


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


def test_overtime_end_records_too(api: Api, control: Control) -> None:
    end_s = int(time.time()) + HOUR_S
    room_id = api.create_room(EndTime=end_s, EndDelayTime=-1)
    control.post(f"/rooms/{room_id}/start")

    control.shift_clock(2 * HOUR_S)

    assert control.recorded(room_id)[0]["StopTime"] == end_s


def test_unknown_room_is_refused(api: Api) -> None:
    room = {"SdkAppId": SDK_APP_ID, "RoomId": 1}

    assert api.refusal("DescribeRecord", **room) == "InvalidParameter"
    assert api.refusal("DeleteRecord", **room) == "ResourceNotFound.Room"
    assert api.refusal("StartRecord", **room) == "ResourceNotFound.Room"


def test_silent_switch_empties_describe_record_alone(api: Api, control: Control) -> None:
    room_id = held_class(api, control)
    kept = control.recorded(room_id)[0]

    control.post("/recording", describe_record_silent=True)

    assert describe_record(api, room_id) == []
    assert shown_by_room(api, room_id)[0] == kept["RecordUrl"]


def test_recording_switched_off_fails_in_silence(api: Api, control: Control) -> None:
    control.post("/recording", enabled=False)
    room_id = held_class(api, control)

    assert [each["State"] for each in control.recordings(room_id)] == ["failed"]
    assert describe_record(api, room_id) == []
    assert shown_by_room(api, room_id) == ("", 0)


def test_delay_is_waited_for_by_the_clouds_clock(api: Api, control: Control) -> None:
    control.post("/recording", delay_s=600)
    room_id = held_class(api, control)
    time.sleep(0.7)  # longer than an undelayed one takes to be seen
    before = control.recordings(room_id)

    control.shift_clock(601)

    assert [each["State"] for each in before] == ["making"]
    assert len(control.recorded(room_id)) == 1


def test_clock_set_back_does_not_hold_a_recording_up(api: Api, control: Control) -> None:
    room_id = api.create_room()
    control.post(f"/rooms/{room_id}/start")
    control.shift_clock(HOUR_S)
    control.post(f"/rooms/{room_id}/end")
    control.shift_clock(0)

    assert len(control.recorded(room_id)) == 1


@pytest.mark.usefixtures("real_recordings")
def test_file_that_cannot_be_made_is_a_failed_recording(
    api: Api, control: Control, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        recording_files, "_arguments", lambda *_: [sys.executable, "-c", "raise SystemExit(9)"]
    )
    room_id = held_class(api, control)

    states = eventually(
        lambda: [each["State"] for each in control.recordings(room_id)],
        lambda states: states != ["making"],
    )

    assert states == ["failed"]
    assert describe_record(api, room_id) == []


@pytest.mark.usefixtures("real_recordings")
def test_recording_is_made_without_any_font(
    api: Api, control: Control, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fonts, "best_font", lambda: None)
    url = control.recorded(held_class(api, control))[0]["RecordUrl"]
    (tmp_path / "f0.mp4").write_bytes(requests.get(url, timeout=10).content)

    assert re.findall(r"title +: (.*)", probe(tmp_path / "f0.mp4"))[0] == "语文课"


@pytest.mark.usefixtures("real_recordings")
@pytest.mark.parametrize("name", ["-y", "a'b:c,d;[e]%{pts}\\", "\x00\n", "课" * 256])
def test_odd_title_does_not_hinder_the_recording(api: Api, control: Control, name: str) -> None:
    room_id = held_class(api, control, Name=name)

    assert len(control.recorded(room_id)) == 1


@pytest.mark.usefixtures("real_recordings")
def test_interrupted_recording_is_made_at_the_next_start(
    start_cloud: Callable[..., RunningCloud], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start_cloud()
    with monkeypatch.context() as patch:
        patch.setattr(recording_files, "LONGEST_S", 10**6)  # so long that only the stop ends it
        patch.setattr(recording_files, "SHORTEST_S", 10**6)
        room_id = held_class(Api(first.base_url), Control(first.base_url))
        folder = first.cloud.config.media_path / str(room_id)
        eventually(lambda: list(folder.rglob("*.part")), bool)
        first.stop()
    left = [path for path in folder.rglob("*") if path.is_file()]

    second = start_cloud()

    assert left == []
    assert len(Control(second.base_url).recorded(room_id)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"delay_s": -1},
        {"delay_s": True},
        {"delay_s": "1"},
        {"enabled": 1},
        {"describe_record_silent": None},
        {"storage_full": 1},
        {"file_format": "avi"},
        {"more": 1},
    ],
)
def test_recording_setting_of_a_wrong_form_is_refused(
    control: Control, body: dict[str, Any]
) -> None:
    before = control.get("/state")

    assert control.post("/recording", **body).status_code == 400
    assert control.get("/state") == before


def test_classes_that_end_at_once_are_all_recorded(api: Api, control: Control) -> None:
    end_s = room_fields()["EndTime"]
    rooms = [api.create_room(EndDelayTime=-1, EndTime=end_s) for _ in range(8)]
    for room_id in rooms:
        control.post(f"/rooms/{room_id}/start")

    control.shift_clock(2 * HOUR_S)

    assert [len(control.recorded(room_id)) for room_id in rooms] == [1] * 8


def test_font_list_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    assert fonts.listed_fonts(":lang=zh") == []
