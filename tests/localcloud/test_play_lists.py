"""Recordings as HLS: a play list with pieces, given out to any site."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.conftest import Api, Control
from tests.localcloud.recording import describe_record, held_class


@pytest.fixture
def url(api: Api, control: Control) -> str:
    assert control.post("/recording", file_format="hls").status_code == 200
    room_id = held_class(api, control)
    return str(control.recorded(room_id)[0]["RecordUrl"])


def test_api_names_the_play_list(api: Api, control: Control) -> None:
    control.post("/recording", file_format="hls")
    room_id = held_class(api, control)
    kept = control.recorded(room_id)[0]

    info = describe_record(api, room_id)[0]

    assert (info["FileFormat"], info["RecordUrl"]) == ("hls", kept["RecordUrl"])
    assert info["RecordUrl"].rpartition("/")[2] == "index.m3u8"


def test_size_is_that_of_list_and_pieces(cloud: RunningCloud, api: Api, control: Control) -> None:
    control.post("/recording", file_format="hls")
    room_id = held_class(api, control)
    kept = control.recorded(room_id)[0]

    folder = cloud.cloud.config.media_path / str(room_id) / kept["VideoId"]

    assert sum(path.stat().st_size for path in folder.iterdir()) == kept["RecordSize"]
    assert {path.suffix for path in folder.iterdir()} == {".m3u8", ".ts"}


@pytest.mark.usefixtures("real_recordings")
@pytest.mark.parametrize("file_format", ["hls", "hls-ranges"])
def test_play_list_plays_to_its_end(control: Control, file_format: str) -> None:
    now_s = int(time.time())
    past = {"Name": "语文课", "StartTime": now_s - 3600, "EndTime": now_s}
    past |= {"file_format": file_format}
    room_id = control.post("/history", **past).json()["RoomId"]
    url = control.recordings(room_id)[0]["RecordUrl"]

    arguments = ["-hide_banner", "-nostdin", "-xerror", "-i", url, "-f", "null", "-"]
    program = imageio_ffmpeg.get_ffmpeg_exe()  # type: ignore[attr-defined] # untyped
    played = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)

    assert re.findall(r"Duration: (\d\d:\d\d:\d\d)", played.stderr) == ["00:00:20"]
    assert requests.get(url, timeout=10).text.count("#EXTINF") == 5


@pytest.mark.parametrize("origin", [None, "http://school.example"])
def test_list_and_pieces_are_open_to_every_site(url: str, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    folder = url.rpartition("/")[0]

    answers = [requests.get(f"{folder}/{name}", headers=headers, timeout=10) for name in NAMES]

    assert [answer.headers["Content-Type"] for answer in answers] == [
        "application/vnd.apple.mpegurl",
        "video/mp2t",
    ]
    assert [answer.headers["Access-Control-Allow-Origin"] for answer in answers] == ["*", "*"]


NAMES = ("index.m3u8", "000.ts")


class TestPiecesOfOneFile:
    """As in the vendor's own play lists: one name, and the bytes in the query."""

    @pytest.fixture
    def kept(self, api: Api, control: Control) -> dict[str, Any]:
        control.post("/recording", file_format="hls-ranges")
        return control.recorded(held_class(api, control))[0]

    def test_api_names_it_as_any_other(self, kept: dict[str, Any]) -> None:
        assert (kept["FileFormat"], Path(kept["RecordUrl"]).name) == ("hls", "index.m3u8")

    def test_pieces_are_the_whole_file_one_after_the_other(self, kept: dict[str, Any]) -> None:
        folder = kept["RecordUrl"].rpartition("/")[0]
        text = requests.get(kept["RecordUrl"], timeout=10).text
        names = [line for line in text.splitlines() if line and not line.startswith("#")]

        pieces = [requests.get(f"{folder}/{name}", timeout=10).content for name in names]

        whole = requests.get(f"{folder}/v.f230.ts", timeout=10).content
        assert re.fullmatch(r"v\.f230\.ts\?start=0&end=[0-9]+&type=mpegts", names[0])
        assert b"".join(pieces) == whole
        assert kept["RecordSize"] == len(whole) + len(text)

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("start=0&end=187", 200),
            ("start=x&end=187", 400),
            ("start=0&end=-1", 400),
            ("start=9&end=8", 404),
            ("start=999999999&end=9999999999", 404),
        ],
    )
    def test_only_bytes_that_there_are(self, kept: dict[str, Any], query: str, status: int) -> None:
        folder = kept["RecordUrl"].rpartition("/")[0]

        answer = requests.get(f"{folder}/v.f230.ts?{query}", timeout=10)

        assert answer.status_code == status
        assert status != 200 or len(answer.content) == 188  # one packet of the format


@pytest.mark.parametrize("name", ["f0.mp4", "index.list", "999.ts", "../cloud.sqlite3", ""])
def test_nothing_else_of_the_folder_is_given_out(url: str, name: str) -> None:
    folder = url.rpartition("/")[0]

    assert requests.get(f"{folder}/{name}", timeout=10).status_code == 404


def test_other_recordings_stay_files(api: Api, control: Control) -> None:
    first = held_class(api, control)
    control.recorded(first)

    control.post("/recording", file_format="hls")
    second = held_class(api, control)
    control.recorded(second)

    names = [Path(control.recordings(each)[0]["RecordUrl"]).name for each in (first, second)]
    assert names == ["f0.mp4", "index.m3u8"]
