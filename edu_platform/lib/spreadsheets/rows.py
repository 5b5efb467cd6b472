"""The contents of a read spreadsheet: rows with their line numbers, or faults with theirs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django_stubs_ext import StrPromise

# Text stands as it was typed, without blanks around it; only XLSX has the other types.
Cell = str | dt.date | dt.datetime | dt.time

# Names in the place of a column for faults that belong to no single one.
WHOLE_FILE = "file"
WHOLE_ROW = "row"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that an import knows, under its English name and its other headings.

    The first of these is the one that our own templates have.
    """

    name: str
    headings: tuple[str, ...]
    is_required: bool = True
    # What may stand in it, for those who fill it in.
    accepts: str | StrPromise = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All its headings."""
        return self.name, *self.headings


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: `line` counts from the head, which is 1, and in CSV is the line of its first cell.

    Only columns that the file has stand in `cells`; an empty cell is an empty text.
    """

    line: int
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True, order=True)
class SheetNote:
    """A sentence about a place in a file. `str()` is the line that the commands print."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.reason}"


class SheetFault(SheetNote):
    """A fault at a place: the file is not taken."""

    __slots__ = ()


class SheetRemark(SheetNote):
    """A remark on a place: the line is taken, and somebody may want to know how."""

    __slots__ = ()


class Remarks:
    """The remarks on a file: each of a column once, at its first line."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], SheetRemark] = {}

    def add(self, line: int, column: str, reason: str) -> None:
        remark = SheetRemark(line, column, reason)
        first = self._first.setdefault((column, reason), remark)
        if line < first.line:
            self._first[column, reason] = remark

    def told(self) -> tuple[SheetRemark, ...]:
        return tuple(sorted(self._first.values()))


class SheetRefused(Exception):
    """The file cannot be taken as it is; `faults` lists everything that was found."""

    def __init__(self, faults: Iterable[SheetFault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(map(str, self.faults)))


def refuse_file(reason: str, *, line: int = 1) -> SheetRefused:
    return SheetRefused([SheetFault(line, WHOLE_FILE, reason)])
