"""PDF files as pictures."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from localcloud.media import pdf_rendering
from tests.localcloud import coursefiles, courseware
from tests.localcloud.clients import Api
from tests.localcloud.coursefiles import BLUE, GREEN, RED
from tests.localcloud.courseware import create, done, failure, middle, picture
from tests.localcloud.filesite import Site

BROKEN = (2, "FileBroken", "文件已损坏，或者不是 PDF")


def test_pdf_becomes_one_picture_for_each_page(
    api: Api, teacher: dict[str, Any], site: Site
) -> None:
    content = coursefiles.pdf(RED, GREEN, BLUE, producer="排版软件")
    url = site.put("诗经.pdf", content)
    before_s = int(time.time())

    document = done(api, create(api, teacher, url))

    prefix = document["TranscodeResult"]
    images = [picture(f"{prefix}{number}.jpg") for number in (1, 2, 3)]
    assert {**document, "UpdateTime": document["UpdateTime"] >= before_s} == {
        "DocumentId": document["DocumentId"],
        "DocumentUrl": url,
        "DocumentName": "诗经",
        "Owner": teacher["UserId"],
        "SdkAppId": 3520371,
        "Permission": 0,
        "TranscodeResult": prefix,
        "TranscodeType": 1,
        "TranscodeProgress": 100,
        "TranscodeState": 3,
        "TranscodeInfo": "排版软件",
        "DocumentType": "pdf",
        "DocumentSize": len(content),
        "UpdateTime": True,
        "Pages": 3,
        "Preview": "",
        "Resolution": f"1280x{images[0].height}",
        "MinScaleResolution": "",
    }
    assert prefix.endswith("_tiw/picture/")
    assert [(image.format, image.width) for image in images] == [("JPEG", 1280)] * 3
    assert [middle(image) for image in images] == [RED, GREEN, BLUE]
    assert requests.get(f"{prefix}4.jpg", timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("more", "width"),
    [
        ({"MinScaleResolution": "1920x1080"}, 1920),
        ({"MinScaleResolution": "9999x9999"}, 2560),
        ({"MinScaleResolution": "640x480"}, 1280),
        ({"MinScaleResolution": "1920*1080"}, 1280),
        ({"MinScaleResolution": "1920x1080", "TranscodeType": 3}, 1280),
    ],
)
def test_smallest_resolution_can_raise_the_width(
    api: Api, teacher: dict[str, Any], site: Site, more: dict[str, Any], width: int
) -> None:
    url = site.put("a.pdf", coursefiles.pdf(size=(400, 300)))

    document = done(api, create(api, teacher, url, **more))

    assert document["Resolution"] == f"{width}x{width * 3 // 4}"
    assert picture(f"{document['TranscodeResult']}1.jpg").width == width


def test_very_tall_page_is_held_to_a_height(api: Api, teacher: dict[str, Any], site: Site) -> None:
    url = site.put("a.pdf", coursefiles.pdf(size=(100, 10_000)))

    assert done(api, create(api, teacher, url))["Resolution"] == f"52x{pdf_rendering.MAX_HEIGHT}"


@pytest.mark.parametrize(
    ("make", "refused"),
    [
        (
            lambda: coursefiles.pdf(password="hush"),
            (2, "FileEncrypted", "文件有密码保护，无法转码"),
        ),
        (lambda: b"%PDF-1.7 and then nothing", BROKEN),
        (lambda: coursefiles.pdf()[:300], BROKEN),
        (lambda: b"<html>sign in first</html>", BROKEN),
        (lambda: b"", (2, "FileEmpty", "课件文件是空的")),
    ],
)
def test_file_that_cannot_be_read_fails_with_words(
    api: Api,
    teacher: dict[str, Any],
    site: Site,
    make: Callable[[], bytes],
    refused: tuple[int, str, str],
) -> None:
    document_id = create(api, teacher, site.put("a.pdf", make()))

    assert failure(api, document_id) == refused
    assert courseware.listed(api)[0]["Cover"] == ""


def test_too_many_pages_fail(
    api: Api, teacher: dict[str, Any], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_rendering, "MAX_PAGES", 2)
    url = site.put("a.pdf", coursefiles.pdf(RED, RED, RED))

    assert failure(api, create(api, teacher, url)) == (2, "TooManyPages", "页数超过 2 页")
