"""Key hot-link protection: which addresses open a file."""

from __future__ import annotations

import hashlib
import time
from urllib.parse import urlsplit

import pytest
import requests

from localcloud.media import hotlinks
from tests.localcloud.clients import HOUR_S, Api, Control
from tests.localcloud.recording import held_class

KEY = "24FEQmTzro4V5u3D5epW"


@pytest.fixture
def url(api: Api, control: Control) -> str:
    """The address of a file that is protected."""
    address = str(control.recorded(held_class(api, control))[0]["RecordUrl"])
    assert control.post("/recording", vod_key=KEY).status_code == 200
    return address


def signed(url: str, *, expires_s: int, key: str = KEY, us: str = "72d4cd1101") -> str:
    """The address with its signature, computed from the vendor's text and not from our code."""
    folder = urlsplit(url).path.rpartition("/")[0] + "/"
    expiry = f"{expires_s:x}"
    digest = hashlib.md5(f"{key}{folder}{expiry}{us}".encode()).hexdigest()
    return f"{url}?t={expiry}&us={us}&sign={digest}"


def status(url: str) -> int:
    return requests.get(url, timeout=10).status_code


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"t": "5a71afc0", "us": "72d4cd1101"}, b"3d8488faeb37d52d6bf63b63c1b171c3"),
        (
            {"t": "5a71afc0", "rlimit": "3", "us": "72d4cd1101"},
            b"c5214f0d5961b13acd558b4957c4dfc5",
        ),
        (
            {"t": "5a71afc0", "exper": "300", "us": "72d4cd1101"},
            b"547d98c4b91e81b5ea55c95cef63223f",
        ),
    ],
)
def test_examples_of_the_vendor(fields: dict[str, str], expected: bytes) -> None:
    assert hotlinks.sign(KEY, "/dir1/dir2/myVideo.mp4", fields) == expected


def test_signed_address_opens_the_file_whole_and_in_ranges(url: str) -> None:
    address = signed(url, expires_s=int(time.time()) + 60)

    whole = requests.get(address, timeout=10)
    part = requests.get(address, headers={"Range": "bytes=4-7"}, timeout=10)

    assert (whole.status_code, part.status_code, part.content) == (200, 206, b"ftyp")
    assert requests.head(address, timeout=10).headers["Content-Length"] == str(len(whole.content))


def test_expiry_is_by_the_clouds_clock(control: Control, url: str) -> None:
    address = signed(url, expires_s=int(time.time()) + HOUR_S)
    before = status(address)

    control.shift_clock(HOUR_S + 2)

    assert (before, status(address)) == (200, 403)


def test_key_is_taken_away_again_and_never_shown(control: Control, url: str) -> None:
    assert control.get("/state")["recording"]["has_vod_key"] is True

    control.post("/recording", vod_key="")

    assert status(url) == 200
    assert control.get("/state")["recording"]["has_vod_key"] is False


@pytest.mark.parametrize("file_format", ["hls", "hls-ranges"])
def test_pieces_of_a_signed_play_list_open_with_its_signature(
    api: Api, control: Control, file_format: str
) -> None:
    control.post("/recording", file_format=file_format, vod_key=KEY)
    url = control.recorded(held_class(api, control))[0]["RecordUrl"]
    folder = url.rpartition("/")[0]

    play_list = requests.get(signed(url, expires_s=int(time.time()) + 60), timeout=10)

    pieces = [line for line in play_list.text.splitlines() if not line.startswith("#")]
    assert play_list.status_code == 200
    assert [status(f"{folder}/{piece}") for piece in pieces] == [200] * len(pieces)
    assert status(f"{folder}/{pieces[0].partition('?')[0]}") == 403


def test_other_address_opens_nothing(api: Api, control: Control, url: str) -> None:
    at_s = int(time.time()) + 60
    address = signed(url, expires_s=at_s)
    path, _, query = address.partition("?")
    changes = [
        ("&sign=", "&sign=0"),
        ("?t=", "?t=f"),
        ("?t=", "?exper=1&t="),
        ("&us=", "&rlimit=9&us="),
    ]
    other_file = control.recorded(held_class(api, control))[0]["RecordUrl"]
    others = {
        "plain": url,
        "without a field": address.replace("&us=72d4cd1101", ""),
        **{f"changed to {new}": address.replace(old, new) for old, new in changes},
        "of another key": signed(url, expires_s=at_s, key="A" * 20),
        "in another order": f"{path}?{'&'.join(reversed(query.split('&')))}",
        "of another file": f"{other_file}?{query}",
    }

    found = {name: status(each) for name, each in others.items()}

    assert address not in others.values()
    assert set(found.values()) == {403}, found
    assert requests.head(url, timeout=10).status_code == 403


def test_protected_name_of_no_file_tells_nothing(url: str) -> None:
    other = url.rpartition("/")[0][:-16] + "1" * 16 + "/f0.mp4"

    assert status(other) == 403
    assert status(signed(other, expires_s=int(time.time()) + 60)) == 404
