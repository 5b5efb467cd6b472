"""The page that replaces dynamic courseware: one picture at a time, with buttons, keys and a counter.

The real cloud makes an animated page of a PPT; this one has the still pages only. Style and script are files beside
it, so that its policy allows nothing inline; any site may frame it.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

NAMES = ("index.html", "page.css", "page.js")
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
_STYLE = """\
html, body { height: 100%; margin: 0; background: #14181d; color: #e8edf2;
  font: 15px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
body { display: flex; flex-direction: column; }
#sheet { flex: 1; min-height: 0; width: 100%; object-fit: contain; }
nav { display: flex; justify-content: center; align-items: center; gap: 16px; padding: 8px; }
button { font: inherit; min-height: 40px; padding: 0 18px; border: 1px solid #6c7a88; border-radius: 6px;
  background: #232b34; color: inherit; cursor: pointer; }
button:disabled { opacity: .6; cursor: default; }
button:focus-visible { outline: 3px solid #4fc3ae; outline-offset: 2px; }
#counter { min-width: 5em; text-align: center; }
"""
_SCRIPT = """\
"use strict";
const sheet = document.getElementById("sheet");
const counter = document.getElementById("counter");
const back = document.getElementById("back");
const forth = document.getElementById("forth");
const total = Number(document.body.dataset.pages);
let page = 1;

function show(wanted) {
  page = Math.min(Math.max(wanted, 1), total);
  sheet.src = page + ".jpg";
  sheet.alt = "第 " + page + " 页";
  counter.textContent = page + " / " + total;
  back.disabled = page === 1;
  forth.disabled = page === total;
}

back.addEventListener("click", () => show(page - 1));
forth.addEventListener("click", () => show(page + 1));
document.addEventListener("keydown", (event) => {
  if (["ArrowRight", "ArrowDown", "PageDown"].includes(event.key)) show(page + 1);
  else if (["ArrowLeft", "ArrowUp", "PageUp"].includes(event.key)) show(page - 1);
  else return;
  event.preventDefault();
});
show(1);
"""
_PAGE = """\
<!doctype html>
<html lang="zh-Hans"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="stylesheet" href="page.css"><script src="page.js" defer></script></head>
<body data-pages="{pages}"><img id="sheet" src="1.jpg" alt="第 1 页">
<nav><button id="back">上一页&nbsp;<small lang="en">Back</small></button><span id="counter" aria-live="polite">1 / {pages}</span>
<button id="forth">下一页&nbsp;<small lang="en">Next</small></button></nav></body></html>
"""


def write(folder: Path, *, title: str, pages: int) -> None:
    """Write the page, its style and its script beside the pictures `1.jpg`, `2.jpg` and so on."""
    texts = (_PAGE.format(title=escape(title), pages=pages), _STYLE, _SCRIPT)
    for name, text in zip(NAMES, texts, strict=True):
        (folder / name).write_text(text, encoding="utf-8")
