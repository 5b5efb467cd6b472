"""The files that transcodes make, as they are served."""

from __future__ import annotations

from typing import Any

import requests

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import get
from tests.support.pages import read


def test_files_that_are_still_made_are_not_served(
    cloud: RunningCloud, static: dict[str, Any]
) -> None:
    folder = next(iter((cloud.cloud.config.media_path / "doc").glob("*_tiw")))
    folder.rename(folder.with_name(folder.name.replace("_tiw", ".making")))
    task = folder.name.removesuffix("_tiw")

    paths = [f"/doc/{task}_tiw/cover.jpg", f"/doc/{task}.making/cover.jpg"]

    assert [get(cloud.base_url + path).status_code for path in paths] == [404, 404]


def test_pictures_are_open_to_every_site_and_only_read(static: dict[str, Any]) -> None:
    url = f"{static['TranscodeResult']}1.jpg"

    answer, head = get(url), requests.head(url, timeout=10)

    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(answer.content))
    assert requests.post(url, timeout=10).status_code == 405


def test_page_of_slides_has_no_inline_parts_and_may_be_framed(dynamic: dict[str, Any]) -> None:
    policy = (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )
    url = dynamic["TranscodeResult"]

    answers = [
        get(url.replace("index.html", name)) for name in ("index.html", "page.css", "page.js")
    ]

    assert [answer.headers["Content-Type"] for answer in answers] == [
        "text/html; charset=utf-8",
        "text/css; charset=utf-8",
        "text/javascript; charset=utf-8",
    ]
    assert {answer.headers["Content-Security-Policy"] for answer in answers} == {policy}
    assert not any("X-Frame-Options" in answer.headers for answer in answers)
    page = read(answers[0].content)
    assert (page.one("title").text, page.one("body").attrs["data-pages"]) == ("<诗经>", "2")


def test_no_other_file_is_served(cloud: RunningCloud, static: dict[str, Any]) -> None:
    folder = static["TranscodeResult"].removesuffix("picture/")
    numbers = ["picture/", "picture/0.jpg", "picture/01.jpg", "picture/99.jpg"]
    outside = ["picture/../cover.jpg", "picture/%2e%2e/cover.jpg", "../../cloud.sqlite3"]
    others = ["h5/index.html", "source.pdf", "media.mp4", ""]

    found = {name: raw_status(cloud, folder + name) for name in (*numbers, *outside, *others)}

    assert set(found.values()) == {404}, found
    assert raw_status(cloud, f"{folder}cover.jpg") == 200


def raw_status(cloud: RunningCloud, url: str) -> int:
    """Ask for an address past the client's own tidying of paths."""
    request = requests.Request("GET", cloud.base_url).prepare()
    request.url = url
    with requests.Session() as session:
        return session.send(request, timeout=10).status_code
