"""The files of recordings: whole, in ranges, and to nobody who guesses."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import Api, Control
from tests.localcloud.recording import describe_record, held_class


@pytest.fixture
def url(control: Control) -> str:
    now_s = int(time.time())
    past = {"Name": "语文课", "StartTime": now_s - 3, "EndTime": now_s}
    room_id = control.post("/history", **past).json()["RoomId"]
    return str(control.recordings(room_id)[0]["RecordUrl"])


@pytest.fixture
def content(cloud: RunningCloud, url: str) -> bytes:
    parts = url.split("/")[-3:]
    return cloud.cloud.config.media_path.joinpath(*parts).read_bytes()


def fetch(url: str, wanted: str | None = None, *, method: str = "GET") -> requests.Response:
    headers: dict[str, Any] = {"Accept-Encoding": "identity"}
    if wanted is not None:
        headers["Range"] = wanted
    return requests.request(method, url, headers=headers, timeout=10)


def test_whole_file(url: str, content: bytes) -> None:
    answer = fetch(url)

    assert answer.content == content
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Content-Length"] == str(len(content))


def test_head_has_the_length_and_no_body(url: str, content: bytes) -> None:
    with requests.Session() as session:
        heads = [session.head(url, timeout=10) for _ in range(2)]  # one connection: no stray body

    assert [head.status_code for head in heads] == [200, 200]
    assert heads[1].content == b""
    assert heads[1].headers["Content-Length"] == str(len(content))
    assert heads[1].headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    "path",
    [
        "/vod/300000000/1000000000000000/f0.mp4",
        "/vod/300000000/../../cloud.sqlite3",
        "/vod/300000000/%2e%2e/f0.mp4",
        "/vod/../x/f0.mp4",
        "/vod/",
    ],
)
def test_unknown_file_is_not_found(cloud: RunningCloud, url: str, path: str) -> None:
    request = requests.Request("GET", cloud.base_url).prepare()
    request.url = cloud.base_url + path  # past the client's own tidying of paths

    with requests.Session() as session:
        assert session.send(request, timeout=10).status_code == 404


def test_file_of_one_room_is_not_another_rooms(url: str) -> None:
    other = url.replace("/vod/300000000/", "/vod/300000001/")

    assert (fetch(other).status_code, fetch(url).status_code) == (404, 200)


def test_file_lost_on_disk_is_not_found(cloud: RunningCloud, url: str) -> None:
    cloud.cloud.config.media_path.joinpath(*url.split("/")[-3:]).unlink()

    assert fetch(url).status_code == 404


def test_other_methods_are_refused(cloud: RunningCloud, url: str) -> None:
    assert fetch(url, method="POST").status_code == 405
    assert fetch(f"{cloud.base_url}/console", method="HEAD").status_code == 405
    assert fetch(f"{cloud.base_url}/nothing", method="HEAD").status_code == 404


@pytest.mark.parametrize("origin", [None, "http://school.example"])
def test_list_and_pieces_are_open_to_every_site(play_list_url: str, origin: str | None) -> None:
    headers = {"Origin": origin} if origin else {}
    folder = play_list_url.rpartition("/")[0]

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
def test_nothing_else_of_the_folder_is_given_out(play_list_url: str, name: str) -> None:
    folder = play_list_url.rpartition("/")[0]

    assert requests.get(f"{folder}/{name}", timeout=10).status_code == 404


@pytest.fixture
def play_list_url(api: Api, control: Control) -> str:
    assert control.post("/recording", file_format="hls").status_code == 200
    room_id = held_class(api, control)
    return str(control.recorded(room_id)[0]["RecordUrl"])


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, -1),
        ("bytes=-50", -50, -1),
        ("bytes=5-999999999", 5, -1),
        ("bytes=-999999999", 0, -1),
    ],
)
def test_one_range(url: str, content: bytes, wanted: str, first: int, last: int) -> None:
    size = len(content)
    first, last = first % size, last % size

    answer = fetch(url, wanted)

    assert (answer.status_code, answer.content) == (206, content[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
    assert answer.headers["Content-Length"] == str(last + 1 - first)


def test_range_that_holds_nothing_is_refused_and_other_ranges_count_as_none(
    url: str, content: bytes
) -> None:
    empty = [fetch(url, wanted) for wanted in ("bytes=999999999-", "bytes=-0", "bytes=9-3")]
    others = ["", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,5-6"]

    assert [(each.status_code, each.content) for each in empty] == [(416, b"")] * 3
    assert {each.headers["Content-Range"] for each in empty} == {f"bytes */{len(content)}"}
    for wanted in others:
        answer = fetch(url, wanted)
        assert (answer.status_code, answer.content) == (200, content), wanted


def test_format_counts_for_recordings_that_end_later(api: Api, control: Control) -> None:
    first = held_class(api, control)
    control.recorded(first)
    control.post("/recording", file_format="hls")
    second = held_class(api, control)
    control.recorded(second)

    infos = [describe_record(api, room_id)[0] for room_id in (first, second)]

    names = [(info["FileFormat"], Path(info["RecordUrl"]).name) for info in infos]
    assert names == [("mp4", "f0.mp4"), ("hls", "index.m3u8")]
