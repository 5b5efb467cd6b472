from __future__ import annotations

import pytest

from edu_platform.lib.hosts import host_of, is_allowed

CLOUD = "*.vod2.myqcloud.com"


@pytest.mark.parametrize(
    ("url", "host", "expected"),
    [
        # Below a host, at any depth, but not the host itself.
        ("https://1252463788.vod2.myqcloud.com/a/f0.mp4", CLOUD, True),
        ("https://a.b.vod2.myqcloud.com/f0.mp4", CLOUD, True),
        ("https://vod2.myqcloud.com/f0.mp4", CLOUD, False),
        ("https://evilvod2.myqcloud.com/f0.mp4", CLOUD, False),
        ("https://a.vod2.myqcloud.com.evil.example/f0.mp4", CLOUD, False),
        ("https://evil.example/a.vod2.myqcloud.com", CLOUD, False),
        ("https://evil.example/?a.vod2.myqcloud.com", CLOUD, False),
        # Exactly a host, whatever its letters' case.
        ("https://video.school.example/f0.mp4", "video.school.example", True),
        ("HTTPS://Video.School.Example/f0.mp4", "video.school.example", True),
        ("https://video.school.example/f0.mp4", "VIDEO.School.example", True),
        ("https://a.video.school.example/f0.mp4", "video.school.example", False),
        # Without a port the usual ones, with a port that one.
        ("http://a.vod2.myqcloud.com/f0.mp4", CLOUD, True),
        ("https://a.vod2.myqcloud.com:443/f0.mp4", CLOUD, True),
        ("http://a.vod2.myqcloud.com:443/f0.mp4", CLOUD, False),
        ("https://a.vod2.myqcloud.com:8443/f0.mp4", CLOUD, False),
        ("https://a.vod2.myqcloud.com:0/f0.mp4", CLOUD, False),
        ("http://127.0.0.1:8100/vod/f0.mp4", "127.0.0.1:8100", True),
        ("http://127.0.0.1:8101/vod/f0.mp4", "127.0.0.1:8100", False),
        ("http://127.0.0.1/vod/f0.mp4", "127.0.0.1:8100", False),
        ("https://a.school.example:8443/f0.mp4", "*.school.example:8443", True),
        ("http://[::1]:8100/f0.mp4", "[::1]:8100", True),
        # No other scheme, no name and password, nothing that programs read in different ways.
        ("ftp://a.vod2.myqcloud.com/f0.mp4", CLOUD, False),
        ("//a.vod2.myqcloud.com/f0.mp4", CLOUD, False),
        ("javascript:alert(1)//a.vod2.myqcloud.com", CLOUD, False),
        ("https://me@a.vod2.myqcloud.com/f0.mp4", CLOUD, False),
        ("https://me:word@a.vod2.myqcloud.com/f0.mp4", CLOUD, False),
        ("https://evil.example\\.vod2.myqcloud.com/f0.mp4", CLOUD, False),
        ("https://evil.example .vod2.myqcloud.com/f0.mp4", CLOUD, False),
        ("https://a.vod2.myqcloud.com:x/f0.mp4", CLOUD, False),
        ("https://[a.vod2.myqcloud.com/f0.mp4", CLOUD, False),
        ("https://a\u2100b.vod2.myqcloud.com/f0.mp4", CLOUD, False),
        ("https:///f0.mp4", CLOUD, False),
        ("", CLOUD, False),
    ],
)
def test_address_lies_on_the_host(url: str, host: str, expected: bool):
    assert is_allowed(url, [host]) is expected


def test_one_of_several_hosts_is_enough():
    hosts = ["video.school.example", CLOUD]

    assert is_allowed("https://a.vod2.myqcloud.com/f0.mp4", hosts)
    assert is_allowed("https://video.school.example/f0.mp4", hosts)
    assert not is_allowed("https://other.example/f0.mp4", hosts)


def test_without_hosts_nothing_is_allowed():
    assert not is_allowed("https://a.vod2.myqcloud.com/f0.mp4", [])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.vod2.myqcloud.com:8443/f0.mp4", "a.vod2.myqcloud.com:8443"),
        ("https://me:word@a.vod2.myqcloud.com/f0.mp4", "a.vod2.myqcloud.com"),
        ("http://[x/f0.mp4", ""),
        ("https://a\u2100b.example/f0.mp4", ""),
        ("", ""),
    ],
)
def test_host_is_shown_without_a_password_and_never_breaks(url: str, expected: str):
    assert host_of(url) == expected
