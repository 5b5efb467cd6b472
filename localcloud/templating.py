"""The HTML pages: Jinja2 templates with one style sheet, without caching; of scripts two pages have one each."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from localcloud.config import BEIJING
from localcloud.http.messages import Response, html_response

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "style.css").read_text(encoding="utf-8")


def source_of(text: str) -> str:
    """Return what a policy calls a style or script that stands in its page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


_POLICY = f"default-src 'none'; style-src {source_of(STYLE)}; form-action 'self'; base-uri 'none'; "
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def page(
    template: str,
    *,
    status: int = 200,
    referrer: str = "no-referrer",
    sources: str = "",
    framed_by: str = "'self'",
    **context: Any,
) -> Response:
    """Render a template that extends base.html, and has the block `title` or is given a `title`.

    `sources` adds directives to the policy, each with its semicolon; `framed_by` says which sites may frame the page.
    """
    policy = f"{_POLICY}{sources}frame-ancestors {framed_by}"
    headers = {**_HEADERS, "Content-Security-Policy": policy, "Referrer-Policy": referrer}
    return html_response(render(template, **context), status=status, headers=headers)


def render(template: str, **context: Any) -> str:
    return _ENVIRONMENT.get_template(template).render(context)


def is_same_day(first_s: float, second_s: float) -> bool:
    """Return whether two times are on one day in Beijing."""
    return _in_beijing(first_s, "%Y-%m-%d") == _in_beijing(second_s, "%Y-%m-%d")


def _in_beijing(at_s: float, form: str) -> str:
    return datetime.fromtimestamp(at_s, BEIJING).strftime(form)


def _in_utc(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = STYLE
    environment.filters["beijing"] = _in_beijing
    environment.filters["utc"] = _in_utc
    return environment


_ENVIRONMENT = _environment()
