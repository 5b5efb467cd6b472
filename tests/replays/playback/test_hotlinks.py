"""Signed addresses, checked by a reader of their own that was written from the vendor's page."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from django.utils import timezone

from replays.playback.hotlinks import signed_address
from tests.factories.schedule import school_time
from tests.support.cloud import LocalCloud

KEY = "24FEQmTzro4V5u3D5epW"
FILE = "http://example.vod2.myqcloud.com/dir1/dir2/myVideo.mp4"
# 2018-01-31 20:00 in Beijing, as in the vendor's example.
END = dt.datetime(2018, 1, 31, 12, tzinfo=dt.UTC)
ORDER = ["t", "exper", "rlimit", "us", "sign"]


def opens(address: str, key: str, at: dt.datetime) -> bool:
    """Tell whether the storage would open this address."""
    parts = urlsplit(address)
    query = dict(parse_qsl(parts.query))
    text = key + parts.path[: parts.path.rindex("/") + 1]
    for name in ("t", "exper", "rlimit", "us"):
        text += query.get(name, "")
    names = [name for name in query if name in ORDER]
    return (
        names == sorted(names, key=ORDER.index)
        and query.get("sign") == hashlib.md5(text.encode()).hexdigest()
        and int(query["t"], 16) >= at.timestamp()
    )


def test_example_of_the_vendor():
    address = signed_address(FILE, key=KEY, expires_at=END, mark="72d4cd1101")

    sign = "3d8488faeb37d52d6bf63b63c1b171c3"
    assert address == f"{FILE}?t=5a71afc0&us=72d4cd1101&sign={sign}"


@pytest.mark.parametrize(
    ("key", "later_s", "expected"),
    [(KEY, -1, True), (KEY, 0, True), (KEY, 1, False), ("anotherKey1", -1, False)],
)
def test_reader_of_their_own(key: str, later_s: int, expected: bool):
    address = signed_address(FILE, key=KEY, expires_at=END)

    assert opens(address, key, END + dt.timedelta(seconds=later_s)) is expected


def test_every_address_is_another_one():
    addresses = {signed_address(FILE, key=KEY, expires_at=END) for _time in range(20)}

    assert len(addresses) == 20
    assert all(opens(address, KEY, END) for address in addresses)


def test_what_the_address_held_stays_but_for_an_older_signature_and_name():
    old = f"{FILE}?v=1&t=1&us=2&sign=3&download_name=a.mp4&exper=60#part"

    address = signed_address(old, key=KEY, expires_at=END, mark="x")

    assert [name for name, _value in parse_qsl(urlsplit(address).query)] == ["v", "t", "us", "sign"]
    assert opens(address, KEY, END)
    assert not urlsplit(address).fragment


def test_name_of_a_download_is_not_signed():
    address = signed_address(FILE, key=KEY, expires_at=END, download_name="语文 课&1.mp4")

    assert dict(parse_qsl(urlsplit(address).query))["download_name"] == "语文 课&1.mp4"
    assert opens(address, KEY, END)
    assert "%20" in address  # a blank is no plus here


def test_letters_of_the_path_are_signed_as_they_are_sent():
    address = signed_address(
        "https://a.vod2.myqcloud.com/%E8%AF%AD/f0.mp4", key=KEY, expires_at=END
    )

    assert opens(address, KEY, END)


class TestLocalCloud:
    """A second reader: the storage of the local cloud, which demands signatures as the vendor's does."""

    @pytest.fixture
    def url(self, local_cloud: LocalCloud) -> str:
        start_s = int(school_time(-1, 8).timestamp())
        room_id = local_cloud.add_history("语文课", start_s, start_s + 60)
        address = str(local_cloud.recorded(room_id)[0]["RecordUrl"])
        local_cloud.set_recording(vod_key=KEY)
        return address

    def test_signed_address_opens(self, url: str):
        address = signed_address(url, key=KEY, expires_at=timezone.now() + dt.timedelta(minutes=1))

        part = requests.get(address, headers={"Range": "bytes=4-7"}, timeout=10)

        assert (part.status_code, part.content) == (206, b"ftyp")

    @pytest.mark.parametrize(("key", "lasts_s"), [("wrongKey1", 60), (KEY, -60)])
    def test_any_other_does_not(self, url: str, key: str, lasts_s: int):
        end = dt.datetime.fromtimestamp(time.time() + lasts_s, dt.UTC)

        address = signed_address(url, key=key, expires_at=end)

        assert requests.get(address, timeout=10).status_code == 403
