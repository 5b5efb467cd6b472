"""The preview of dynamic courseware."""

from __future__ import annotations

from typing import Any

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import get
from tests.support.pages import read


def test_preview_shows_nothing_else(cloud: RunningCloud, dynamic: dict[str, Any]) -> None:
    address = f"{cloud.base_url}/temp/preview.html"
    elsewhere = ["https://elsewhere.invalid/h5/index.html", "javascript:alert(1)", "http://[::1/"]
    unknown = f"/doc/{'a' * 20}_tiw/h5/index.html"

    urls = [f"{address}?isppt=1&url={each}" for each in (*elsewhere, unknown)]

    assert [get(url).status_code for url in (address, f"{address}?isppt=1", *urls)] == [404] * 6
    assert get(dynamic["Preview"]).status_code == 200


def test_preview_frames_the_slides_for_any_site(dynamic: dict[str, Any]) -> None:
    answer = get(dynamic["Preview"])

    path = "/doc/" + dynamic["TranscodeResult"].partition("/doc/")[2]
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert read(answer.content).one("iframe", css_class="sheet").attrs["src"] == path
    assert [each for each in policy if each.startswith("frame")] == [
        "frame-src 'self'",
        "frame-ancestors *",
    ]
