"""Where courseware is seen: its files, the preview, the class page and the console."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
import requests

from localcloud.http.server import RunningCloud
from localcloud.media import audio_video
from tests.localcloud import coursefiles
from tests.localcloud.conftest import Api, ClassPage, Control
from tests.localcloud.converter import Converter
from tests.localcloud.coursefiles import GREEN, RED
from tests.localcloud.courseware import bind, create, done, ended, plain
from tests.localcloud.filesite import Site
from tests.localcloud.test_console import submit
from tests.support.pages import Element, read


@pytest.fixture
def static(api: Api, teacher: dict[str, Any], site: Site) -> dict[str, Any]:
    return done(api, create(api, teacher, site.put("a.pdf", coursefiles.pdf(RED, GREEN))))


@pytest.fixture
def dynamic(
    api: Api,
    teacher: dict[str, Any],
    site: Site,
    converter: Converter,
) -> dict[str, Any]:
    url = site.put("a.pptx", coursefiles.slides())
    return done(api, create(api, teacher, url, DocumentName="<诗经>"))


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=10)


# --- Files --------------------------------------------------------------------------------------


def test_pictures_are_open_to_every_site(static: dict[str, Any]) -> None:
    answer = get(f"{static['TranscodeResult']}1.jpg")

    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_head_of_a_picture_has_its_length(static: dict[str, Any]) -> None:
    url = f"{static['TranscodeResult']}1.jpg"

    head = requests.head(url, timeout=10)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(get(url).content))


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("index.html", "text/html; charset=utf-8"),
        ("page.css", "text/css; charset=utf-8"),
        ("page.js", "text/javascript; charset=utf-8"),
    ],
)
def test_page_of_slides_has_no_inline_parts_and_may_be_framed(
    dynamic: dict[str, Any], name: str, content_type: str
) -> None:
    answer = get(dynamic["TranscodeResult"].replace("index.html", name))

    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert "X-Frame-Options" not in answer.headers


def test_page_of_slides_escapes_its_title(dynamic: dict[str, Any]) -> None:
    text = get(dynamic["TranscodeResult"]).text

    assert re.findall("<title>(.*?)</title>", text) == ["&lt;诗经&gt;"]
    assert re.findall(r'data-pages="(\d+)"', text) == ["2"]


@pytest.mark.parametrize(
    "place",
    [
        "picture/",
        "picture/0.jpg",
        "picture/01.jpg",
        "picture/99.jpg",
        "picture/../cover.jpg",
        "picture/%2e%2e/cover.jpg",
        "../../cloud.sqlite3",
        "h5/index.html",
        "source.pdf",
        "media.mp4",
        "",
    ],
)
def test_no_other_file_is_served(cloud: RunningCloud, static: dict[str, Any], place: str) -> None:
    folder = static["TranscodeResult"].removesuffix("picture/")
    request = requests.Request("GET", cloud.base_url).prepare()
    request.url = folder + place  # past the client's own tidying of paths

    with requests.Session() as session:
        assert session.send(request, timeout=10).status_code == 404
    assert get(f"{folder}cover.jpg").status_code == 200


def test_files_that_are_still_made_are_not_served(
    cloud: RunningCloud, static: dict[str, Any]
) -> None:
    folder = next(iter((cloud.cloud.config.media_path / "doc").glob("*_tiw")))
    folder.rename(folder.with_name(folder.name.replace("_tiw", ".making")))
    task = folder.name.removesuffix("_tiw")

    paths = [f"/doc/{task}_tiw/cover.jpg", f"/doc/{task}.making/cover.jpg"]

    assert [get(cloud.base_url + path).status_code for path in paths] == [404, 404]


def test_other_methods_are_refused(static: dict[str, Any]) -> None:
    answer = requests.post(f"{static['TranscodeResult']}1.jpg", timeout=10)

    assert answer.status_code == 405


# --- Preview ------------------------------------------------------------------------------------


def test_preview_frames_the_slides_for_any_site(dynamic: dict[str, Any]) -> None:
    answer = get(dynamic["Preview"])

    path = "/doc/" + dynamic["TranscodeResult"].partition("/doc/")[2]
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert re.findall(r'<iframe class="sheet" src="([^"]*)"', answer.text) == [path]
    assert [each for each in policy if each.startswith("frame")] == [
        "frame-src 'self'",
        "frame-ancestors *",
    ]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "isppt=1",
        "isppt=1&url=https://elsewhere.invalid/h5/index.html",
        "isppt=1&url=javascript:alert(1)",
        "isppt=1&url=http://[::1/",
        "isppt=1&url=/doc/aaaaaaaaaaaaaaaaaaaa_tiw/h5/index.html",
    ],
)
def test_preview_shows_nothing_else(
    cloud: RunningCloud, dynamic: dict[str, Any], query: str
) -> None:
    assert get(f"{cloud.base_url}/temp/preview.html?{query}").status_code == 404
    assert get(dynamic["Preview"]).status_code == 200


# --- Class page ---------------------------------------------------------------------------------


def shown(answer: requests.Response) -> list[tuple[str, str, bool, str]]:
    """Return document id, bind type, openness and name of each courseware on a class page."""
    return [
        (
            each.attrs["data-document-id"],
            each.attrs["data-bind-type"],
            "open" in each.attrs,
            each.one("summary").text,
        )
        for each in read(answer.text).all("details")
    ]


def test_class_shows_its_courseware_the_default_one_first_and_open(
    api: Api, class_page: ClassPage, teacher: dict[str, Any], student: dict[str, Any], room_id: int
) -> None:
    first = plain(api, teacher, DocumentName="一")
    second = plain(api, teacher, DocumentName="<二>")
    plain(api, teacher, DocumentName="别的")
    bind(api, room_id, first)
    bind(api, room_id, second, BindType=1)

    answer = class_page.visit(room_id, student)

    assert shown(answer) == [
        (second, "1", True, "<二>"),
        (first, "0", False, "一"),
    ]


def test_class_without_courseware_says_nothing_of_it(
    class_page: ClassPage, teacher: dict[str, Any], room_id: int
) -> None:
    assert 'id="documents"' not in class_page.visit(room_id, teacher).text


def content(api: Api, class_page: ClassPage, user: dict[str, Any], document_id: str) -> Element:
    """Bind a document to a new class and return what the class page shows of it."""
    room_id = api.create_room()
    bind(api, room_id, document_id, BindType=1)
    return read(class_page.visit(room_id, user).text).one("details")


def sources(part: Element) -> list[tuple[str, str]]:
    return [(each.tag, each.attrs["src"]) for each in part.all() if "src" in each.attrs]


def path_of(document: dict[str, Any]) -> str:
    return "/doc/" + str(document["TranscodeResult"]).partition("/doc/")[2]


def test_class_shows_a_plain_picture_from_its_own_address(
    api: Api, class_page: ClassPage, teacher: dict[str, Any]
) -> None:
    url = "https://files.invalid/a.png?a=1&b=2"

    part = content(api, class_page, teacher, plain(api, teacher, url=url))

    assert sources(part) == [("img", url)]
    assert part.one("img").attrs["alt"] == "诗经"


def test_class_shows_pages_and_slides(
    api: Api,
    class_page: ClassPage,
    teacher: dict[str, Any],
    static: dict[str, Any],
    dynamic: dict[str, Any],
) -> None:
    parts = [content(api, class_page, teacher, each["DocumentId"]) for each in (static, dynamic)]

    assert sources(parts[0]) == [("img", f"{path_of(static)}1.jpg")]
    assert sources(parts[1]) == [("iframe", path_of(dynamic))]
    assert parts[0].one("p").text == "共 2 页"


def test_class_plays_media(
    api: Api, class_page: ClassPage, teacher: dict[str, Any], site: Site, tmp_path: Path
) -> None:
    url = site.put("a.mp4", coursefiles.film(tmp_path / "a.mp4"))
    document = done(api, create(api, teacher, url, TranscodeType=2))

    video = content(api, class_page, teacher, document["DocumentId"]).one(
        "video", css_class="video"
    )

    path = path_of(document)
    assert video.attrs == {"class": "video", "src": path, "controls": "", "preload": "none"}
    assert path.endswith(audio_video.VIDEO_NAME)


def test_class_says_what_is_not_ready(
    api: Api, control: Control, class_page: ClassPage, teacher: dict[str, Any], site: Site
) -> None:
    failed = create(api, teacher, site.put("a.pdf", b"broken"))
    ended(api, failed)
    control.post("/transcoding", stuck=True)
    stuck = create(api, teacher, site.put("b.pdf", coursefiles.pdf()))

    parts = [content(api, class_page, teacher, each) for each in (failed, stuck)]

    assert [part.one("p").text for part in parts] == ["转码失败", "转码中"]


def test_policy_of_the_class_page_lets_courseware_load(
    class_page: ClassPage, teacher: dict[str, Any], room_id: int
) -> None:
    policy = class_page.visit(room_id, teacher).headers["Content-Security-Policy"]

    sources = [each for each in policy.split("; ") if each.split("-src")[0] in {"img", "media"}]
    assert sources == ["img-src http: https:", "media-src 'self'"]
    assert "frame-src 'self'; frame-ancestors 'self'" in policy


# --- Console ------------------------------------------------------------------------------------


def rows(cloud: RunningCloud) -> list[list[str]]:
    """Return the texts of the console's table of documents."""
    table = read(get(f"{cloud.base_url}/console").text).one("table", id="documents")
    return [[cell.text for cell in row.all("td")] for row in table.all("tr")[1:]]


def test_console_lists_documents(
    api: Api,
    cloud: RunningCloud,
    control: Control,
    teacher: dict[str, Any],
    site: Site,
    room_id: int,
    static: dict[str, Any],
) -> None:
    bind(api, room_id, static["DocumentId"])
    broken = ended(api, create(api, teacher, site.put("b.pdf", b"broken"), DocumentName="<坏>"))
    control.post("/transcoding", stuck=True)
    stuck = create(api, teacher, "javascript:alert(1)", Permission=1, DocumentType="pdf")

    listed = rows(cloud)

    owner, size_kib = teacher["UserId"], round(static["DocumentSize"] / 1024)
    failure = "FileBroken 文件已损坏，或者不是 PDF"
    assert [row[:-1] for row in listed] == [
        [
            stuck,
            "诗经",
            "1 pdf 公共",
            "1 转码中 0%",
            "javascript:alert(1)",
            "0",
            "0 KiB",
            owner,
            "",
        ],
        [
            broken["DocumentId"],
            "<坏>",
            "1 pdf 私有",
            "2 转码失败",
            failure,
            "0",
            "0 KiB",
            owner,
            "",
        ],
        [
            static["DocumentId"],
            "诗经",
            "1 pdf 私有",
            "3 转码完成",
            "原件 结果 封面",
            f"2 ({static['Resolution']})",
            f"{size_kib} KiB",
            owner,
            str(room_id),
        ],
    ]


def test_console_links_lead_to_the_files(
    api: Api, cloud: RunningCloud, static: dict[str, Any], dynamic: dict[str, Any]
) -> None:
    text = html.unescape(get(f"{cloud.base_url}/console").text)

    links = dict(re.findall('<a href="([^"]*)">(原件|结果|预览|封面)</a>', text))

    assert links[f"{static['TranscodeResult']}1.jpg"] == "结果"
    assert links[dynamic["TranscodeResult"]] == "结果"
    assert links[dynamic["Preview"]] == "预览"
    assert links[dynamic["DocumentUrl"]] == "原件"
    assert {get(url).status_code for url in links} == {200}


def test_console_sets_transcoding_and_deletes(
    api: Api, cloud: RunningCloud, control: Control, teacher: dict[str, Any]
) -> None:
    document_id = plain(api, teacher)

    fields = {"delay_s": "2.5", "stuck": "1", "fail": "坏了", "document_limit": "3"}
    answers = [
        submit(cloud, "transcoding", **fields),
        submit(cloud, f"documents/{document_id}/delete"),
    ]

    state = control.get("/state")
    assert [each.status_code for each in answers] == [303, 303]
    assert state["transcoding"] == {
        "delay_s": 2.5,
        "stuck": True,
        "fail": "坏了",
        "zero_pages": False,
        "document_limit": 3,
    }
    assert state["documents"] == []
    assert api.refusal("DescribeDocument", DocumentId=document_id) == "ResourceNotFound.Document"


def test_console_refuses_transcoding_of_a_wrong_form(cloud: RunningCloud) -> None:
    answer = submit(cloud, "transcoding", delay_s="-1", document_limit="3")

    assert (answer.status_code, answer.text) == (400, "delay_s is out of range")


def test_reset_forgets_documents_and_settings(
    api: Api, control: Control, static: dict[str, Any]
) -> None:
    control.post("/transcoding", fail="坏了")

    control.post("/reset")

    state = control.get("/state")
    assert (state["documents"], state["transcoding"]["fail"]) == ([], "")
    assert get(f"{static['TranscodeResult']}1.jpg").status_code == 404
