"""Words of the cloud hold no addresses, and nothing that a database refuses."""

from __future__ import annotations

import pytest

from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from edu_platform.lib.text import error_summary, redact, storable_text

ADDRESS = "https://own.example:8443/courseware/fetch/T0ken:1-a_b/abc-1.pdf?x=1&y=2#z"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("", ""),
        ("第三页的字体坏了", "第三页的字体坏了"),
        ("FailedOperation.TranscodeFailed: page 3/4 of N/A", None),
        (f"GET {ADDRESS}", "GET …"),
        (f"下载{ADDRESS}失败", "下载…失败"),
        (f"无法下载（{ADDRESS}），请检查", "无法下载（…），请检查"),
        (f'cannot get "{ADDRESS}": 404', 'cannot get "…": 404'),
        (f"<{ADDRESS.upper()}> {ADDRESS}", "<…> …"),
        (ADDRESS.replace("/", "\\/"), "…"),
        ("https%3A%2F%2Fown.example%2FT0ken%2Fabc failed", "… failed"),
        ("https://学校.example/fetch/T0ken/a.pdf 不可用", "… 不可用"),
        ("Max retries exceeded with url: /courseware/fetch/T0ken/a.pdf (x)", None),
        ("a\0b\ud800c", "ab?c"),
    ],
    ids=repr,
)
def test_addresses_are_left_out(said: str, kept: str | None):
    if kept is None:
        kept = said.replace("/courseware/fetch/T0ken/a.pdf", "…")

    assert redact(said) == kept


def test_storable_text_keeps_its_addresses():
    assert storable_text(f"{ADDRESS}\0") == ADDRESS


@pytest.mark.parametrize(
    "error",
    [
        CloudRejected("CreateDocument", "InvalidParameter", f"cannot get {ADDRESS}"),
        CloudProtocolError("CreateDocument", f"cannot get {ADDRESS}"),
        CloudUnavailable("CreateDocument", f"cannot get {ADDRESS}", outcome_is_known=True),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_the_cloud_hold_no_address(error: Exception):
    assert str(error).endswith("cannot get …")
    assert "T0ken" not in "".join(str(value) for value in vars(error).values())


def test_line_about_an_error_fits_its_column():
    line = error_summary(ValueError("课\0" * 300))

    assert line == "ValueError: " + "课" * 243
