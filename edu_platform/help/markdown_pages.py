"""Our own Markdown as HTML: links lead to where the texts are served, pictures have their size, tables scroll."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown import Markdown
from markdown.extensions import Extension
from markdown.extensions.toc import TocExtension, slugify_unicode
from markdown.treeprocessors import Treeprocessor
from PIL import Image

from edu_platform.help.list_items import ListItems

# Below `docs/`: a folder for each language, and the pictures of all.
HELP_FOLDER = "help"
PICTURES_FOLDER = f"{HELP_FOLDER}/pictures"
# A fence may say more than its language, for the test that types its commands: the library takes one word.
MORE_WORDS_OF_FENCE = re.compile(r"^(```\w+) .*$", re.MULTILINE)
# After everything else of the tree.
LAST = 1
HEADINGS = ("h1", "h2", "h3", "h4")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the second level, as the table of contents has it."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A page: its first heading, the paragraph below it, the headings to jump to, and all of it as HTML."""

    title: str
    summary: str
    headings: tuple[Heading, ...]
    anchors: frozenset[str]
    html: SafeString


def render(path: Path, docs: Path) -> Text:
    """Render a Markdown file that lies somewhere below `docs`.

    It is not made safe: only for files of the project itself.
    """
    served = ServedPlaces(docs, folder=path.parent.relative_to(docs).as_posix())
    toc = TocExtension(slugify=slugify_unicode, toc_depth="1-4")
    items = ListItems()  # type: ignore[no-untyped-call] # the library has no types
    markdown = Markdown(
        extensions=[
            *("attr_list", "fenced_code", "sane_lists", "tables"),
            *(toc, items, served, ScrollingTables()),  # type: ignore[no-untyped-call] # as above
        ]
    )
    html = markdown.convert(MORE_WORDS_OF_FENCE.sub(r"\1", path.read_text(encoding="utf-8")))
    (first,) = markdown.toc_tokens  # type: ignore[attr-defined] # the extension adds it
    return Text(
        title=first["name"],
        summary=served.summary,
        headings=tuple(Heading(each["id"], each["name"]) for each in first["children"]),
        anchors=frozenset(_anchors(first)),
        html=mark_safe(html),  # noqa: S308 -- our own text
    )


def _anchors(token: dict[str, Any]) -> list[str]:
    return [token["id"], *(each for child in token["children"] for each in _anchors(child))]


class ServedPlaces(Extension):
    """Has links and pictures of a text lead to where we serve what they name."""

    def __init__(self, docs: Path, *, folder: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # the library has no types
        self.docs = docs
        self.folder = folder
        # Each language in which guides may be had is a folder.
        self.languages = {code for code, _name in settings.LANGUAGES}
        self.summary = ""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 -- the library calls it
        md.treeprocessors.register(_Places(md, self), "served_places", LAST)

    def address_of(self, href: str) -> str:
        """Return where the target of a link is served; empty if it is a file that we do not serve."""
        parts = urlsplit(href)
        if parts.scheme or not parts.path or parts.path.startswith("/"):
            return href
        target = posixpath.normpath(posixpath.join(self.folder, parts.path))
        folder, name = posixpath.split(target.removesuffix(".md"))
        if not target.endswith(".md") or not (self.docs / target).is_file():
            return ""
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        if folder == "" or folder in self.languages:
            return reverse("help:guide", args=[name]) + fragment
        if posixpath.dirname(folder) == HELP_FOLDER:
            return reverse("help:page", args=[name]) + fragment
        return ""

    def picture_of(self, src: str) -> tuple[str, int, int]:
        """Return where a picture is served, its width and its height in pixels."""
        target = posixpath.normpath(posixpath.join(self.folder, src))
        with Image.open(self.docs / target) as picture:
            width, height = picture.size
        return static(HELP_FOLDER + target.removeprefix(PICTURES_FOLDER)), width, height


class _Places(Treeprocessor):
    def __init__(self, md: Markdown, served: ServedPlaces) -> None:
        super().__init__(md)
        self._served = served

    def run(self, root: Element) -> None:
        first = root.find("p")
        self._served.summary = "" if first is None else "".join(first.itertext())
        for element in root.iter():
            if element.tag == "a":
                self._lead(element)
            elif element.tag == "img":
                self._show(element)

    def _lead(self, link: Element) -> None:
        address = self._served.address_of(link.get("href", ""))
        if address:
            link.set("href", address)
        else:
            # A file that comes with the source and is no page: its name is said, and leads nowhere.
            link.tag = "span"
            del link.attrib["href"]

    def _show(self, picture: Element) -> None:
        address, width, height = self._served.picture_of(picture.get("src", ""))
        picture.set("src", address)
        picture.set("width", str(width))
        picture.set("height", str(height))
        picture.set("loading", "lazy")


class ScrollingTables(Extension):
    """Puts each table into a box that scrolls, also by keys, where it is wider than the page."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 -- the library calls it
        md.treeprocessors.register(_Boxes(md), "scrolling_tables", LAST)


class _Boxes(Treeprocessor):
    def run(self, root: Element) -> None:
        parents = {child: parent for parent in root.iter() for child in parent}
        heading_id = ""
        for element in list(root.iter()):
            if element.tag in HEADINGS:
                heading_id = element.get("id", "")
            elif element.tag == "table":
                _let_scroll(element, parents[element], heading_id)


def _let_scroll(table: Element, parent: Element, heading_id: str) -> None:
    box = Element("div", {"class": "help-table", "role": "group", "tabindex": "0"})
    box.set("aria-labelledby", heading_id)
    box.tail, table.tail = table.tail, None
    parent[list(parent).index(table)] = box
    box.append(table)
