"""The page that replaces dynamic courseware: one picture at a time, with buttons, keys and a counter.

The real cloud makes an animated page of a PPT; this one has the still pages only. Style and script are files
beside it, so that its policy allows nothing inline; any site may frame it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from localcloud import templating

POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
_FOLDER = "slideshow"


def write(folder: Path, *, title: str, pages: int) -> None:
    """Write the page, its style and its script beside the pictures `1.jpg`, `2.jpg` and so on."""
    html = templating.render(f"{_FOLDER}/index.html", title=title, pages=pages)
    (folder / "index.html").write_text(html, encoding="utf-8")
    for name in ("page.css", "page.js"):
        shutil.copyfile(templating.TEMPLATES / _FOLDER / name, folder / name)
