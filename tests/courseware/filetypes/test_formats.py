"""The one table of what is taken: kinds, limits, and what pages offer."""

from __future__ import annotations

import pytest

from courseware.enums import FileKind, TranscodeType
from courseware.filetypes.formats import FORMATS, accept_attribute, format_of, limits_for_pages
from edu_platform.lib.formatting import MIB

TABLE = [
    (FileKind.IMAGE, TranscodeType.NONE, 100, "bmp jpg jpeg png gif"),
    (FileKind.DOCUMENT, TranscodeType.DOCUMENT, 100, "doc docx docs ppt pptx pdf xls xlsx"),
    (
        FileKind.VIDEO,
        TranscodeType.MEDIA,
        500,
        "mp4 3gp mpg mpeg 3g2 avi flv wmv h264 m4v mj2 mov ogg ogv rm qt vob webm f4v rmvb",
    ),
    (FileKind.AUDIO, TranscodeType.MEDIA, 50, "mp3 wav wma aac flac m4a oga opus"),
]


@pytest.mark.parametrize(("kind", "transcode_type", "limit_mib", "suffixes"), TABLE)
def test_table_is_the_contract(kind, transcode_type, limit_mib, suffixes):
    formats = [form for form in FORMATS.values() if form.kind == kind]

    assert [form.suffix for form in formats] == suffixes.split()
    assert {form.transcode_type for form in formats} == {transcode_type}
    assert {form.limit_bytes for form in formats} == {limit_mib * MIB}


@pytest.mark.parametrize(
    ("filename", "suffix"),
    [
        ("第一课.pdf", "pdf"),
        ("SLIDES.PPTX", "pptx"),
        ("a.pdf.exe", None),
        ("a.exe.pdf", "pdf"),
        ("pdf", None),
        (".pdf", None),
        ("a.", None),
        ("", None),
        ("a.html", None),
        ("a.svg", None),
        ("a.zip", None),
    ],
)
def test_format_follows_the_last_suffix(filename, suffix):
    form = format_of(filename)

    assert (form.suffix if form else None) == suffix


def test_no_file_is_served_as_what_a_browser_runs():
    types = {form.content_type.split("/")[0] for form in FORMATS.values()}
    texts = [
        form
        for form in FORMATS.values()
        if "html" in form.content_type or "svg" in form.content_type
    ]

    assert types == {"image", "application", "video", "audio"}
    assert texts == []


def test_pages_offer_each_suffix_once():
    assert accept_attribute().split(",") == [f".{suffix}" for suffix in FORMATS]


def test_pages_tell_the_limit_of_each_kind():
    limits = {limit.kind: (limit.limit, len(limit.suffixes)) for limit in limits_for_pages()}

    assert limits == {
        FileKind.DOCUMENT: ("100 MB", 8),
        FileKind.IMAGE: ("100 MB", 5),
        FileKind.VIDEO: ("500 MB", 20),
        FileKind.AUDIO: ("50 MB", 8),
    }
