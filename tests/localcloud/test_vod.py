"""The files of recordings: whole, in ranges, and to nobody who guesses."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.conftest import Control


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

    assert answer.status_code == 206
    assert answer.content == content[first : last + 1]
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
    assert answer.headers["Content-Length"] == str(last + 1 - first)


@pytest.mark.parametrize("wanted", ["bytes=999999999-", "bytes=-0", "bytes=9-3"])
def test_range_that_holds_nothing(url: str, content: bytes, wanted: str) -> None:
    answer = fetch(url, wanted)

    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["Content-Range"] == f"bytes */{len(content)}"


@pytest.mark.parametrize("wanted", ["", "bytes=-", "bytes=a-b", "items=0-1", "bytes=0-1,5-6"])
def test_other_ranges_count_as_none(url: str, content: bytes, wanted: str) -> None:
    answer = fetch(url, wanted)

    assert (answer.status_code, answer.content) == (200, content)


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
