"""Rendered pages as a reader sees them: elements, and texts with their blanks folded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)

# Tags as nearly all of them are written: what is written otherwise is left to Python's parser, which takes longer.
OPENING = re.compile(r'<([a-z][a-z0-9]*)((?:\s+[a-z][a-z0-9_:-]*(?:="[^"&]*")?)*)\s*>')
CLOSING = re.compile(r"</([a-z][a-z0-9]*)>")
# What is in these Python's parser reads in ways of its own.
RAW_TEXT = frozenset(
    ["script", "style", "textarea", "title", "iframe", "noscript", "xmp", "plaintext"]
)
ATTRIBUTE = re.compile(r'([a-z][a-z0-9_:-]*)(?:="([^"]*)")?')


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join("".join(self._texts()).split())

    @property
    def classes(self) -> set[str]:
        return set(self.attrs.get("class", "").split())

    def all(self, tag: str = "", css_class: str = "", **attrs: str) -> list[Element]:
        """The elements inside, in order, of this tag, class and attributes."""
        return [
            each
            for each in self._inside([])
            if tag in ("", each.tag)
            and (not css_class or css_class in each.classes)
            and (not attrs or attrs.items() <= each.attrs.items())
        ]

    def one(self, tag: str = "", css_class: str = "", **attrs: str) -> Element:
        found = self.all(tag, css_class, **attrs)
        assert len(found) == 1, f"{len(found)} of <{tag}> {css_class} {attrs}"
        return found[0]

    def link(self, text: str) -> str:
        """The address of the link that reads so."""
        (found,) = (each for each in self.all("a") if each.text == text)
        return found.attrs["href"]

    def forms_to(self, path: str) -> list[Element]:
        return self.all("form", action=path)

    def _inside(self, found: list[Element]) -> list[Element]:
        """Add the elements inside, in order, to those that were found before: quicker than to yield them."""
        for child in self.children:
            if not isinstance(child, str):
                found.append(child)
                child._inside(found)
        return found

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in ("script", "style"):
                yield from child._texts()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Element("", {})
        self._open = [self.page]

    def updatepos(self, i: int, j: int) -> int:
        """Count no lines: nobody asks in which one something stands."""
        return j

    def parse_starttag(self, i: int) -> int:
        found = OPENING.match(self.rawdata, i)
        if found is None or found[1] in RAW_TEXT:
            return super().parse_starttag(i)
        self.handle_starttag(found[1], ATTRIBUTE.findall(found[2]))
        return found.end()

    def parse_endtag(self, i: int) -> int:
        found = CLOSING.match(self.rawdata, i)
        if found is None or self.cdata_elem is not None:
            return super().parse_endtag(i)
        self.handle_endtag(found[1])
        return found.end()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read(html: bytes | str) -> Element:
    reader = _Reader()
    reader.feed(html.decode() if isinstance(html, bytes) else html)
    reader.close()
    return reader.page


def main(answer: Any) -> Element:
    """The part of an answer's page that is no other page's."""
    return read(answer.content).one("main")


def table_of(page: Element) -> list[list[str]]:
    """The texts of the only table, row by row, the head first."""
    table = page.one("table")
    return [
        [cell.text for cell in row.children if isinstance(cell, Element)] for row in table.all("tr")
    ]


def facts(page: Element) -> dict[str, str]:
    """The values of the page's lists of facts, by their heads."""
    heads, values = page.all("dt"), page.all("dd")
    return {head.text: value.text for head, value in zip(heads, values, strict=True)}
