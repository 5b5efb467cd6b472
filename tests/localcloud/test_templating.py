"""The frame of the HTML pages."""

from __future__ import annotations

import base64
import hashlib

from localcloud import templating


def test_policy_allows_the_style_of_the_page_and_nothing_else_inline() -> None:
    response = templating.page("document_preview.html", url="")

    style = response.body.decode().partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = response.headers["Content-Security-Policy"].split("; ")
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy[0] == "default-src 'none'"
