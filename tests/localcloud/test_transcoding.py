"""Transcodes of PDF files, from fetching them to the pictures, and what goes wrong."""

from __future__ import annotations

import io
import math
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from localcloud.http.server import RunningCloud
from localcloud.media import download, pdf_rendering
from localcloud.state import documents
from tests.localcloud import coursefiles, courseware
from tests.localcloud.conftest import HOUR_S, Api, Control, eventually
from tests.localcloud.coursefiles import BLUE, GREEN, RED
from tests.localcloud.courseware import create, describe, done, ended, failure
from tests.localcloud.filesite import Site


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "RETRY_S", ())


def picture(url: str) -> Image.Image:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.content))


def middle(image: Image.Image) -> tuple[int, ...]:
    """Return the colour in the middle, rounded to what JPEG keeps."""
    pixel = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return tuple(round(part / 255) for part in pixel)


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


def test_lists_tell_measures_and_cover(api: Api, teacher: dict[str, Any], site: Site) -> None:
    document = done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf(GREEN))))

    item = courseware.listed(api)[0]

    cover = picture(item["Cover"])
    measures = (item.pop("Width"), item.pop("Height"))
    assert item.pop("Cover") == document["TranscodeResult"].replace("picture/", "cover.jpg")
    assert measures == cover.size == (1280, math.ceil(1280 / 595 * 842))
    assert middle(cover) == GREEN
    assert item == document


def test_file_is_asked_for_its_size_first(api: Api, teacher: dict[str, Any], site: Site) -> None:
    done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf())))

    assert site.requests == [("HEAD", "/a.pdf"), ("GET", "/a.pdf")]


def test_address_that_takes_no_head_is_fetched(
    api: Api, teacher: dict[str, Any], site: Site
) -> None:
    site.has_head = False

    assert done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf())))["Pages"] == 1


def test_size_that_was_told_stays(api: Api, teacher: dict[str, Any], site: Site) -> None:
    url = site.put("a.pdf", coursefiles.pdf())

    assert done(api, create(api, teacher, url, DocumentSize=7))["DocumentSize"] == 7


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


BROKEN = (2, "FileBroken", "文件已损坏，或者不是 PDF")


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (coursefiles.pdf(password="hush"), (2, "FileEncrypted", "文件有密码保护，无法转码")),
        (b"%PDF-1.7 and then nothing", BROKEN),
        (coursefiles.pdf()[:300], BROKEN),
        (b"<html>sign in first</html>", BROKEN),
        (b"", (2, "FileEmpty", "课件文件是空的")),
    ],
)
def test_file_that_cannot_be_read_fails_with_words(
    api: Api, teacher: dict[str, Any], site: Site, content: bytes, refused: tuple[int, str, str]
) -> None:
    document_id = create(api, teacher, site.put("a.pdf", content))

    assert failure(api, document_id) == refused
    assert courseware.listed(api)[0]["Cover"] == ""


def test_too_many_pages_fail(
    api: Api, teacher: dict[str, Any], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_rendering, "MAX_PAGES", 2)
    url = site.put("a.pdf", coursefiles.pdf(RED, RED, RED))

    assert failure(api, create(api, teacher, url)) == (2, "TooManyPages", "页数超过 2 页")


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
    monkeypatch.setattr(download, "RETRY_S", (0.2,) * 20)
    with Site() as gone:
        pass
    document_id = create(api, teacher, f"{gone.url}/a.pdf")
    time.sleep(0.3)
    before = describe(api, document_id)["TranscodeState"]

    with Site(gone.port) as late:
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


def files_below(cloud: RunningCloud) -> list[Path]:
    return [path for path in cloud.cloud.config.media_path.rglob("*") if path.is_file()]


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


# --- What control sets --------------------------------------------------------------------------


def test_delay_shows_as_progress_until_it_is_over(
    api: Api, control: Control, teacher: dict[str, Any], site: Site
) -> None:
    control.post("/transcoding", delay_s=2 * HOUR_S)
    document_id = create(api, teacher, site.put("a.pdf", coursefiles.pdf()))

    seen = []
    for hours in (0, 1, 1.9):
        control.shift_clock(hours * HOUR_S)
        document = describe(api, document_id)
        seen.append((document["TranscodeState"], document["TranscodeProgress"]))
    control.shift_clock(2 * HOUR_S)

    assert seen == [(1, 0), (1, 45), (1, 85)]
    assert done(api, document_id)["TranscodeProgress"] == 100


def test_stuck_transcodes_go_on_later(
    api: Api, control: Control, teacher: dict[str, Any], site: Site
) -> None:
    control.post("/transcoding", stuck=True)
    document_id = create(api, teacher, site.put("a.pdf", coursefiles.pdf()))
    time.sleep(0.7)  # longer than the threads look away

    stuck = describe(api, document_id)["TranscodeState"], list(site.requests)
    control.post("/transcoding", stuck=False)

    assert stuck == (1, [])
    assert done(api, document_id)["Pages"] == 1


def test_transcodes_fail_on_demand(
    api: Api, control: Control, teacher: dict[str, Any], site: Site
) -> None:
    url = site.put("a.pdf", coursefiles.pdf())
    control.post("/transcoding", fail="字体缺失")

    failed = failure(api, create(api, teacher, url))
    control.post("/transcoding", fail="")

    assert failed == (2, "TranscodeFailed", "字体缺失")
    assert done(api, create(api, teacher, url))["Pages"] == 1


def test_number_of_pages_may_be_withheld(
    api: Api, control: Control, teacher: dict[str, Any], site: Site
) -> None:
    control.post("/transcoding", zero_pages=True)

    document = done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf(RED, BLUE))))

    assert document["Pages"] == 0
    assert middle(picture(f"{document['TranscodeResult']}2.jpg")) == BLUE


def test_transcoding_is_set_in_parts_and_shown(control: Control) -> None:
    control.post("/transcoding", delay_s=1.5, stuck=True)
    control.post("/transcoding", fail="坏了", zero_pages=True, document_limit=3)

    assert control.get("/state")["transcoding"] == {
        "delay_s": 1.5,
        "stuck": True,
        "fail": "坏了",
        "zero_pages": True,
        "document_limit": 3,
    }


@pytest.mark.parametrize(
    "body",
    [
        {"delay_s": -1},
        {"delay_s": "1"},
        {"delay_s": True},
        {"delay_s": 7 * 24 * HOUR_S + 1},
        {"stuck": 1},
        {"fail": None},
        {"zero_pages": "yes"},
        {"document_limit": -1},
        {"document_limit": 1001},
        {"document_limit": 1.5},
        {"colour": "red"},
    ],
)
def test_transcoding_of_a_wrong_form_is_refused(control: Control, body: dict[str, Any]) -> None:
    before = control.get("/state")

    assert control.post("/transcoding", **body).status_code == 400
    assert control.get("/state") == before


# --- Stops, deletions, resets -------------------------------------------------------------------


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
