"""The extent of a sheet of an XLSX, found out without making its rows.

openpyxl makes every row up to the last, and every column up to the widest, whether or not something
stands there. So a few kilobytes that name row 1,000,000,000 would cost many seconds.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import IO, NoReturn
from xml.parsers import expat

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.limits import (
    MAX_CELLS_A_ROW,
    MAX_COLUMNS,
    MAX_EMPTY_CELLS,
    MAX_LINES,
    MAX_STRINGS,
    MAX_TEXT_PIECES,
)
from edu_platform.lib.spreadsheets.rows import WHOLE_ROW, SheetFault, SheetRefused, refuse_file

# The parser's own pieces are of 2 KB: it looks through a long tag again with each of them.
PIECE_BYTES = 256 * 1024

CELL = re.compile(r"([A-Za-z]{1,7})[0-9]+")
# What makes of a cell one that says something.
CONTENTS = frozenset({"v", "is", "f"})
# Parts of a text that have a format, or say how it is read.
TEXT_PIECES = frozenset({"r", "rPh"})


@dataclass(slots=True)
class Extent:
    """The lines on which something stands, and the number of their columns."""

    lines: set[int] = field(default_factory=set)
    columns: int = 0

    @property
    def last_line(self) -> int:
        return max(self.lines, default=0)


def survey(sheet: IO[bytes]) -> Extent:
    """Look through a sheet.

    Raises:
        SheetRefused: it goes further than is read, or its rows are not in order.
        ExpatError: it is no XML.
    """
    surveyor = _Surveyor()
    _parse(sheet, surveyor.start)
    return surveyor.extent


def require_few_strings(strings: IO[bytes]) -> None:
    """Look through the table of texts, each of which openpyxl makes, whether or not a cell has it.

    Raises:
        SheetRefused: there are more than a table can have, or too many pieces of such.
        ExpatError: it is no XML.
    """
    counter = itertools.count(1)
    pieces = _PieceCount()

    def start(name: str, _attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        pieces.note(tag)
        if tag == "si" and next(counter) > MAX_STRINGS:
            raise _too_large()

    _parse(strings, start)


def _parse(part: IO[bytes], start: Callable[[str, dict[str, str]], None]) -> None:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    while piece := part.read(PIECE_BYTES):
        parser.Parse(piece, False)  # noqa: FBT003 -- it takes no names
    parser.Parse(b"", True)  # noqa: FBT003 -- as above


class _PieceCount:
    """Counts the pieces of texts, of which one text may have any number."""

    def __init__(self) -> None:
        self._count = 0

    def note(self, tag: str) -> None:
        self._count += tag in TEXT_PIECES
        if self._count > MAX_TEXT_PIECES:
            raise _too_large()


class _Surveyor:
    def __init__(self) -> None:
        self.extent = Extent()
        self._line = 0
        self._column = 0
        self._cells = 0
        self._empty_cells = 0
        self._has_content = False
        self._pieces = _PieceCount()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        self._pieces.note(tag)
        if tag == "c":
            self._begin_cell(attributes.get("r"))
        elif tag in CONTENTS and self._column:
            self._note_content()
        elif tag == "row":
            self._begin_row(attributes.get("r"))

    def _begin_row(self, number: str | None) -> None:
        line = self._line + 1 if number is None else _line_of(number)
        if line <= self._line:
            _refuse(
                max(line, 1), WHOLE_ROW, gettext("the rows are not in order: save the file again")
            )
        if line > MAX_LINES:
            reason = gettext("the sheet goes on after line %(line)s") % {"line": MAX_LINES}
            _refuse(MAX_LINES + 1, WHOLE_ROW, reason)
        self._line, self._column, self._cells = line, 0, 0

    def _begin_cell(self, place: str | None) -> None:
        self._cells += 1
        if self._cells > MAX_CELLS_A_ROW:
            _refuse(self._line, WHOLE_ROW, _too_wide())
        self._column = self._column + 1 if place is None else _column_of(place)
        self._empty_cells += 1
        self._has_content = False

    def _note_content(self) -> None:
        if self._column > MAX_COLUMNS:
            _refuse(self._line, _letters(self._column), _too_wide())
        if not self._has_content:
            self._has_content = True
            self._empty_cells -= 1
        # What stands below the last value is never made.
        if self._empty_cells > MAX_EMPTY_CELLS:
            reason = gettext(
                "more than %(count)s formatted cells without a value stand before this row"
            )
            _refuse(self._line, WHOLE_ROW, reason % {"count": MAX_EMPTY_CELLS})
        self.extent.lines.add(self._line)
        self.extent.columns = max(self.extent.columns, self._column)


def _line_of(number: str) -> int:
    """The number of a row; some programs write 3.0."""
    try:
        return int(float(number)) if len(number) < 20 else MAX_LINES + 1
    except (ValueError, OverflowError) as err:
        raise refuse_file(gettext("the XLSX file is broken")) from err


def _column_of(place: str) -> int:
    found = CELL.fullmatch(place)
    if found is None:
        raise refuse_file(gettext("the XLSX file is broken"))
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _too_large() -> SheetRefused:
    return refuse_file(gettext("the XLSX file is far too large when unpacked"))


def _too_wide() -> str:
    return gettext("more than %(count)s columns") % {"count": MAX_COLUMNS}


def _refuse(line: int, column: str, reason: str) -> NoReturn:
    raise SheetRefused([SheetFault(line, column, reason)])
