from __future__ import annotations

import pytest

from edu_platform.lib.http import OWN_PATH_CHARS_AT_MOST, own_path


@pytest.mark.parametrize(
    "address",
    [
        *("/", "/a//b", "/schedule/lessons/abc/#top", "/replays/?q=%E8%AF%BE&page=2", "/课程"),
        "/%2F%2Fevil.example",
        "/" + "a" * (OWN_PATH_CHARS_AT_MOST - 1),
    ],
)
def test_path_of_this_site_is_one(address: str):
    assert own_path(address) == address


@pytest.mark.parametrize(
    "address",
    [
        *("//evil.example", "///evil.example", "////evil.example/a", "/\\evil.example"),
        *("\\\\evil.example", "\\/evil.example", "/\\/evil.example", "https:evil.example"),
        *("https://evil.example", "https:/evil.example", "http:///evil.example", "evil.example"),
        *("javascript:alert(1)", "data:text/html,a", " //evil.example", "\t//evil.example"),
        *("/\t/evil.example", "/\n/evil.example", "/\r\\evil.example", "\0//evil.example"),
        *("%2F%2Fevil.example", "%2f%5cevil.example", "https%3A//evil.example", ".evil.example"),
        *("@evil.example", "https://class.school.example", "http://127.0.0.1/x"),
        *("https://class.school.example@evil.example", "https://class.school.example.evil.example"),
        *("//evil.example%2f..", "//[::1", "/" * 300 + "evil.example", "?a", "a/b"),
        *("／／evil.example", "//ⓔvil.example", "/" + "a" * OWN_PATH_CHARS_AT_MOST),
        *("/a\r\nX: y", "/a\0", "/\ud800", "", None, 7, ["/"]),
    ],
)
def test_anything_else_is_none(address: object):
    assert own_path(address) == ""
