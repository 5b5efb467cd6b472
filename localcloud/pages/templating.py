"""The frame of all HTML pages: one style sheet, no scripts, no caching."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from html import escape

from localcloud.config import BEIJING
from localcloud.http.messages import Response, html_response

STATUS_WORDS = {
    0: ("未开始", "Not started"),
    1: ("上课中", "In class"),
    2: ("已结束", "Ended"),
    3: ("已过期", "Expired"),
}
STYLE = """
:root { color-scheme: light dark; --bg: #f6f7f9; --surface: #fff; --line: #e3e6eb; --ink: #1b2430;
  --soft: #5b6675; --accent: #0b6e5f; --on-accent: #fff; --accent-soft: #e3f2ef; --danger: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --bg: #12161b; --surface: #1a2027; --line: #2c353f;
  --ink: #e8edf2; --soft: #9aa7b4; --accent: #4fc3ae; --on-accent: #06251f; --accent-soft: #173a35;
  --danger: #ff8a80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, "PingFang SC",
  "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 24px 16px 48px; }
main.wide { max-width: 1280px; }
h1 { font-size: 24px; line-height: 1.3; margin: 4px 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 16px; margin: 24px 0 8px; }
small, .soft { color: var(--soft); font-size: 13px; }
.card { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 20px; }
.pill { display: inline-block; border: 1px solid currentColor; border-radius: 999px; padding: 1px 10px;
  font-size: 13px; color: var(--accent); }
.pill.over { color: var(--soft); }
.stage { display: grid; place-items: center; text-align: center; min-height: 200px; margin: 16px 0;
  padding: 24px; border-radius: 8px; background: var(--accent-soft); }
.stage strong { font-size: 20px; }
.row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
#members { list-style: none; margin: 0; padding: 0; }
#members li { display: flex; justify-content: space-between; gap: 12px; padding: 8px 0;
  border-top: 1px solid var(--line); overflow-wrap: anywhere; }
#members li:first-child { border-top: 0; }
#members .soft { white-space: nowrap; }
#calls td:last-child { white-space: nowrap; }
form { display: inline; }
button, .button { font: inherit; min-height: 40px; padding: 6px 18px; border-radius: 6px; cursor: pointer;
  border: 1px solid var(--accent); background: var(--surface); color: var(--accent);
  text-decoration: none; display: inline-flex; align-items: center; }
button.main { background: var(--accent); color: var(--on-accent); }
button.danger { border-color: var(--danger); color: var(--danger); }
button:focus-visible, .button:focus-visible, input:focus-visible, select:focus-visible {
  outline: 3px solid var(--accent); outline-offset: 2px; }
input[type="checkbox"] { min-height: 0; }
label { white-space: nowrap; }
.sheet { display: block; width: 100%; border: 0; background: var(--accent-soft); }
img.sheet { max-height: 90vh; object-fit: contain; }
iframe.sheet { aspect-ratio: 4 / 3; max-height: 90vh; }
.video, .audio { width: 100%; }
summary { cursor: pointer; padding: 8px 0; overflow-wrap: anywhere; }
td ol { margin: 0; padding-left: 18px; }
a { color: var(--accent); }
input, select { font: inherit; min-height: 40px; padding: 4px 8px; border-radius: 6px; max-width: 100%;
  border: 1px solid var(--line); background: var(--surface); color: var(--ink); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; background: var(--surface); }
th, td { text-align: left; vertical-align: top; padding: 6px 8px; border: 1px solid var(--line); }
td button { min-height: 28px; padding: 0 8px; }
code { font-size: 12px; overflow-wrap: anywhere; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; "
)
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}


def page(
    title: str,
    main: str,
    *,
    status: int = 200,
    referrer: str = "no-referrer",
    sources: str = "",
    framed_by: str = "'self'",
) -> Response:
    """Frame `main`, which is HTML already; the title is text.

    `sources` adds directives to the policy, each with its semicolon; `framed_by` says which sites may frame the page.
    """
    html = (
        '<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{main}</body></html>"
    )
    policy = f"{_POLICY}{sources}frame-ancestors {framed_by}"
    headers = {**_HEADERS, "Content-Security-Policy": policy, "Referrer-Policy": referrer}
    return html_response(html, status=status, headers=headers)


def hidden(fields: dict[str, str]) -> str:
    """Return hidden inputs."""
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )


def is_same_day(first_s: float, second_s: float) -> bool:
    """Tell whether two times lie on one day in Beijing."""
    return (
        datetime.fromtimestamp(first_s, BEIJING).date()
        == datetime.fromtimestamp(second_s, BEIJING).date()
    )


def shown_time(at_s: float, form: str = "%Y-%m-%d %H:%M") -> str:
    """Return a time as `<time>` in Beijing's zone, with the exact UTC time inside."""
    exact = datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f'<time datetime="{exact}">{datetime.fromtimestamp(at_s, BEIJING).strftime(form)}</time>'
