"""Transcodes of PDF files, from fetching them to the pictures, and what goes wrong."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from localcloud.state import documents
from tests.localcloud import coursefiles, courseware
from tests.localcloud.clients import Api, Control, eventually
from tests.localcloud.coursefiles import BLUE, GREEN, RED
from tests.localcloud.courseware import (
    create,
    describe,
    done,
    ended,
    failure,
    files_below,
    middle,
    picture,
)
from tests.localcloud.filesite import Site


def test_lists_tell_measures_and_cover(api: Api, teacher: dict[str, Any], site: Site) -> None:
    document = done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf(GREEN))))

    item = courseware.listed(api)[0]

    cover = picture(item["Cover"])
    measures = (item.pop("Width"), item.pop("Height"))
    assert item.pop("Cover") == document["TranscodeResult"].replace("picture/", "cover.jpg")
    assert measures == cover.size == (1280, math.ceil(1280 / 595 * 842))
    assert middle(cover) == GREEN
    assert item == document


def test_size_that_was_told_stays(api: Api, teacher: dict[str, Any], site: Site) -> None:
    url = site.put("a.pdf", coursefiles.pdf())

    assert done(api, create(api, teacher, url, DocumentSize=7))["DocumentSize"] == 7


@pytest.mark.parametrize(
    ("name", "transcode_type", "words"),
    [
        ("a.exe", 1, "不支持转码这种格式：exe"),
        ("a", 1, "不支持转码这种格式：没有后缀"),
        ("a.mp4", 1, "不支持转码这种格式：mp4"),
        ("a.pdf", 2, "不支持转码这种格式：pdf"),
        ("a.png", 3, "不支持转码这种格式：png"),
    ],
)
def test_suffix_of_another_type_is_not_supported(
    api: Api, teacher: dict[str, Any], site: Site, name: str, transcode_type: int, words: str
) -> None:
    url = site.put(name, coursefiles.pdf())

    document_id = create(api, teacher, url, TranscodeType=transcode_type)

    assert failure(api, document_id) == (2, "FormatNotSupported", words)


def test_told_suffix_counts_more_than_the_address(
    api: Api, teacher: dict[str, Any], site: Site
) -> None:
    url = site.put("download?id=1", coursefiles.pdf())

    document = done(api, create(api, teacher, url, DocumentType=".PDF"))

    assert (document["DocumentType"], document["Pages"]) == (".PDF", 1)


def test_plain_document_is_never_fetched(api: Api, teacher: dict[str, Any], site: Site) -> None:
    plain = create(api, teacher, site.put("a.png", b"png"), TranscodeType=0)
    done(api, create(api, teacher, site.put("b.pdf", coursefiles.pdf())))

    described = describe(api, plain)

    assert [path for _, path in site.requests] == ["/b.pdf", "/b.pdf"]
    names = ("TranscodeState", "TranscodeProgress", "TranscodeResult", "TranscodeInfo", "Pages")
    assert [described[name] for name in names] == [0, 0, "", "", 0]


def test_progress_grows_with_the_work(
    api: Api, teacher: dict[str, Any], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    note = documents.raise_progress

    def noted(cloud: Any, document: Any, percent: int) -> None:
        told.append(percent)
        note(cloud, document, percent)

    monkeypatch.setattr(documents, "raise_progress", noted)

    done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf(RED, GREEN))))

    assert told == [10, 40, 67, 95]


@pytest.mark.parametrize(("status", "percent"), [(404, 0), (200, 40)])
def test_failed_transcode_keeps_its_progress(
    api: Api, teacher: dict[str, Any], site: Site, status: int, percent: int
) -> None:
    url = site.put("a.pdf", b"broken")
    site.statuses["/a.pdf"] = status

    document = ended(api, create(api, teacher, url))

    assert (document["TranscodeState"], document["TranscodeProgress"]) == (2, percent)


def test_document_is_at_work_until_its_file_has_come(
    api: Api, teacher: dict[str, Any], site: Site
) -> None:
    may_go = threading.Event()
    site.hold = lambda: may_go.wait(10)
    document_id = create(api, teacher, site.put("a.pdf", coursefiles.pdf()))
    eventually(lambda: site.requests, bool)

    waiting = describe(api, document_id)
    may_go.set()

    assert (waiting["TranscodeState"], waiting["TranscodeProgress"]) == (1, 0)
    assert done(api, document_id)["Pages"] == 1


def test_several_files_at_once_are_all_drawn(api: Api, teacher: dict[str, Any], site: Site) -> None:
    url = site.put("a.pdf", coursefiles.pdf(RED, GREEN, BLUE))
    ids = [create(api, teacher, url) for _ in range(6)]

    assert [done(api, document_id)["Pages"] for document_id in ids] == [3] * 6


def test_interrupted_transcode_is_made_at_the_next_start(
    start_cloud: Callable[..., RunningCloud], site: Site
) -> None:
    first = start_cloud()
    api = Api(first.base_url)
    may_go = threading.Event()
    site.hold = lambda: may_go.wait(10)
    document_id = create(api, api.register("王老师"), site.put("a.pdf", coursefiles.pdf(RED, RED)))
    eventually(lambda: site.requests, bool)

    first.stop()
    may_go.set()
    second = start_cloud()

    assert done(Api(second.base_url), document_id)["Pages"] == 2


def test_made_files_survive_a_restart_on_another_port(
    start_cloud: Callable[..., RunningCloud], site: Site
) -> None:
    first = start_cloud()
    api = Api(first.base_url)
    document_id = create(api, api.register("王老师"), site.put("a.pdf", coursefiles.pdf(GREEN)))
    done(api, document_id)
    first.stop()

    second = start_cloud()

    result = describe(Api(second.base_url), document_id)["TranscodeResult"]
    assert result.startswith(second.base_url)
    assert middle(picture(f"{result}1.jpg")) == GREEN


@pytest.mark.parametrize("how", ["api", "control", "reset"])
def test_document_deleted_during_its_transcode_leaves_nothing(
    api: Api,
    cloud: RunningCloud,
    control: Control,
    teacher: dict[str, Any],
    site: Site,
    how: str,
) -> None:
    may_go = threading.Event()
    site.hold = lambda: may_go.wait(10)
    document_id = create(api, teacher, site.put("a.pdf", coursefiles.pdf()))
    eventually(lambda: site.requests, bool)

    if how == "api":
        api.call("DeleteDocument", DocumentId=document_id)
    elif how == "control":
        assert control.post(f"/documents/{document_id}/delete").status_code == 200
    else:
        assert control.post("/reset").status_code == 200
    may_go.set()
    site.hold = lambda: None
    again = api.register("李老师")
    done(api, create(api, again, site.put("b.pdf", coursefiles.pdf())))  # the threads still live
    eventually(lambda: len(list(folders(cloud))), lambda count: count == 1)

    assert api.refusal("DescribeDocument", DocumentId=document_id) == "ResourceNotFound.Document"


def folders(cloud: RunningCloud) -> list[Path]:
    return list((cloud.cloud.config.media_path / "doc").glob("*"))


def test_deleted_document_takes_its_files_along(
    api: Api, cloud: RunningCloud, teacher: dict[str, Any], site: Site
) -> None:
    document = done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf())))
    first = f"{document['TranscodeResult']}1.jpg"
    there = requests.get(first, timeout=10).status_code

    api.call("DeleteDocument", DocumentId=document["DocumentId"])

    assert (there, requests.get(first, timeout=10).status_code) == (200, 404)
    assert files_below(cloud) == []
