"""Indentation of what belongs to an item of a list, so that it stands where the library looks for it.

Our texts indent it as far as the item's own words, as they are read elsewhere. The library wants four spaces, and
knows fences only where they are not indented at all.
"""

from __future__ import annotations

import re

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor

ITEM = re.compile(r"(?:[-*]|\d+\.) +")
FENCE = "```"
INDENT = " " * 4
# Before fences are read (25), and after ends of lines are made the same (30).
AFTER_WHITESPACE = 28


class ListItems(Extension):
    """Reads paragraphs, lists and fences in items of lists."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 -- the library calls it
        md.preprocessors.register(_ListItems(md), "list_items", AFTER_WHITESPACE)


class _ListItems(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        written: list[str] = []
        # How far the words of the item are indented in which we are; 0 outside of lists.
        item_chars = 0
        is_in_fence = has_paragraphs = False
        for line in lines:
            is_fence = line.lstrip().startswith(FENCE)
            if line and not line.startswith(" ") and not is_in_fence:
                begun = ITEM.match(line)
                if begun and has_paragraphs:
                    # Else the library takes the next item for more of the last paragraph.
                    written.append("")
                item_chars, has_paragraphs = (begun.end() if begun else 0), False
            is_in_fence ^= is_fence
            has_paragraphs |= bool(item_chars) and not line
            if not item_chars or not line.startswith(" " * item_chars):
                written.append(line)
            elif not is_fence:
                written.append(INDENT * (1 + is_in_fence) + line[item_chars:])
        return written
