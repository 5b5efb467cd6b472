"""Downloads that a stop interrupts."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from deploy.services.processes import free_port
from localcloud.errors import TranscodeError
from localcloud.http.server import RunningCloud
from localcloud.media import download
from tests.localcloud import coursefiles
from tests.localcloud.clients import Api
from tests.localcloud.courseware import create, describe, done, failure, files_below
from tests.localcloud.filesite import Site


def test_stop_before_the_file_comes_leaves_the_file_to_the_next_start(
    site: Site, tmp_path: Path
) -> None:
    stopping, path = threading.Event(), tmp_path / "source.pdf"
    path.write_bytes(b"written by the next start")
    site.hold = stopping.set

    with pytest.raises(TranscodeError):
        download.fetch(site.put("a.pdf", b"file"), path, stopping=stopping)

    assert path.read_bytes() == b"written by the next start"


def test_file_is_asked_for_its_size_first(api: Api, teacher: dict[str, Any], site: Site) -> None:
    done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf())))

    assert site.requests == [("HEAD", "/a.pdf"), ("GET", "/a.pdf")]


def test_address_that_takes_no_head_is_fetched(
    api: Api, teacher: dict[str, Any], site: Site
) -> None:
    site.has_head = False

    assert done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf())))["Pages"] == 1


@pytest.mark.parametrize("status", [301, 302, 403, 404, 500])
def test_answer_other_than_200_is_not_fetched(
    api: Api, teacher: dict[str, Any], site: Site, status: int
) -> None:
    site.put("elsewhere.pdf", coursefiles.pdf())
    url = site.put("a.pdf", coursefiles.pdf())
    site.statuses["/a.pdf"] = status

    words = f"无法下载课件文件（HTTP {status}）"
    assert failure(api, create(api, teacher, url)) == (2, "DownloadFailed", words)
    assert ("GET", "/elsewhere.pdf") not in site.requests


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "RETRY_S", ())


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://127.0.0.1:9/a.pdf", "ConnectionError"),
        ("ftp://127.0.0.1/a.pdf", "InvalidSchema"),
        ("a.pdf", "MissingSchema"),
        ("http:///a.pdf", "InvalidURL"),
        ("http://[::1/a.pdf", "InvalidURL"),
    ],
)
@pytest.mark.usefixtures("unhurried")
def test_address_that_leads_nowhere_fails(
    api: Api, teacher: dict[str, Any], url: str, why: str
) -> None:
    document_id = create(api, teacher, url, DocumentType="pdf")

    assert failure(api, document_id) == (2, "DownloadFailed", f"无法下载课件文件（{why}）")


def test_site_that_is_just_starting_is_found(
    api: Api, teacher: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "RETRY_S", (0.2,) * 200)
    port = free_port()
    document_id = create(api, teacher, f"http://127.0.0.1:{port}/a.pdf")
    time.sleep(0.3)
    before = describe(api, document_id)["TranscodeState"]

    with Site(port) as late:
        late.put("a.pdf", coursefiles.pdf())
        after = done(api, document_id)["TranscodeState"]

    assert (before, after) == (1, 3)


@pytest.mark.parametrize(("has_head", "methods"), [(True, ["HEAD"]), (False, ["HEAD", "GET"])])
def test_file_over_the_limit_is_not_kept(
    api: Api,
    cloud: RunningCloud,
    teacher: dict[str, Any],
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    has_head: bool,
    methods: list[str],
) -> None:
    monkeypatch.setattr(download, "MAX_BYTES", 100)
    site.has_head = has_head

    document_id = create(api, teacher, site.put("a.pdf", coursefiles.pdf()))

    assert failure(api, document_id) == (2, "FileTooLarge", "课件文件过大")
    assert [method for method, _ in site.requests] == methods
    assert files_below(cloud) == []
