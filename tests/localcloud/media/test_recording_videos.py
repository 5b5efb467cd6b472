"""Recordings: when there is one, what the API says of it, and that it plays."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import imageio_ffmpeg
import pytest
import requests

from localcloud.http.server import RunningCloud
from localcloud.media import fonts
from tests.localcloud.clients import Api, Control
from tests.localcloud.recording import held_class


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
    content = requests.get(url, timeout=10).content
    (tmp_path / "f0.mp4").write_bytes(content)

    said = probe(tmp_path / "f0.mp4")

    assert re.findall(r"Stream #0:\d.*?: (Video: h264|Audio: aac)", said)[:2] == [
        "Video: h264",
        "Audio: aac",
    ]
    assert re.findall(r"yuv420p|640x360|2 fps", said.partition("Output")[0]) == [
        "yuv420p",
        "640x360",
        "2 fps",
    ]
    assert re.findall(r"title +: (.*)", said)[0] == "语文课"
    assert re.findall(r"Duration: ([\d:]+)", said) == ["00:00:03"]
    # It plays before all of it is there.
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
@pytest.mark.parametrize("file_format", ["hls", "hls-ranges"])
def test_play_list_plays_to_its_end(control: Control, file_format: str) -> None:
    now_s = int(time.time())
    past = {"Name": "语文课", "StartTime": now_s - 9, "EndTime": now_s}
    past |= {"file_format": file_format}
    room_id = control.post("/history", **past).json()["RoomId"]
    url = control.recordings(room_id)[0]["RecordUrl"]

    arguments = ["-hide_banner", "-nostdin", "-xerror", "-i", url, "-f", "null", "-"]
    program = imageio_ffmpeg.get_ffmpeg_exe()  # type: ignore[attr-defined] # untyped
    played = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)

    assert re.findall(r"Duration: (\d\d:\d\d:\d\d)", played.stderr) == ["00:00:09"]
    assert requests.get(url, timeout=10).text.count("#EXTINF") == 3


def test_size_is_that_of_list_and_pieces(cloud: RunningCloud, api: Api, control: Control) -> None:
    control.post("/recording", file_format="hls")
    room_id = held_class(api, control)
    kept = control.recorded(room_id)[0]

    folder = cloud.cloud.config.media_path / str(room_id) / kept["VideoId"]

    assert sum(path.stat().st_size for path in folder.iterdir()) == kept["RecordSize"]
    assert {path.suffix for path in folder.iterdir()} == {".m3u8", ".ts"}
