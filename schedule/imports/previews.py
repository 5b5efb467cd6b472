"""What the check of a file found, row by row, in the form that is kept for the pages that show it."""

from __future__ import annotations

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.enums import RowKind

# Pages show the first faults of a file; commands print all.
SHOWN_FAULTS = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the parts of a preview."""

    label: str
    count: int
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """What becomes of one cell, or what is wrong with it; the column as the file calls it."""

    column: str
    before: str = ""
    after: str = ""
    fault: str = ""
    # What the fault speaks of, by its name and its page.
    about: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    line: int
    kind: RowKind
    # What tells the reader which row it is: one text for each of the page's own columns.
    names: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    note: str = ""


class PreviewRows(Sequence[PreviewRow]):
    """The rows in the order of the file, in the language of who had it checked.

    Of thousands that are kept only those are unpacked that a page shows.
    """

    def __init__(self, kept: Iterable[list[Any]]) -> None:
        self.kept = list(kept)

    @classmethod
    def of(cls, rows: Iterable[PreviewRow]) -> PreviewRows:
        return cls(map(_packed_row, sorted(rows, key=lambda row: row.line)))

    @overload
    def __getitem__(self, index: int) -> PreviewRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[PreviewRow]: ...
    def __getitem__(self, index: int | slice) -> PreviewRow | list[PreviewRow]:
        if isinstance(index, slice):
            return [_row_of(*row) for row in self.kept[index]]
        return _row_of(*self.kept[index])

    def __len__(self) -> int:
        return len(self.kept)

    def of_kind(self, kind: RowKind) -> PreviewRows:
        return PreviewRows(row for row in self.kept if row[1] == kind)

    @property
    def counts(self) -> Counter[RowKind]:
        return Counter(RowKind(row[1]) for row in self.kept)


def pack(told: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(told, ensure_ascii=False).encode())


def unpack(packed: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(zlib.decompress(packed))
    return told


def cells_at_fault(faults: Sequence[SheetFault]) -> dict[int, list[Cell]]:
    """What is wrong, by line; `faults` have the headings of the file already."""
    wrong: dict[int, list[Cell]] = defaultdict(list)
    for fault in faults:
        wrong[fault.line].append(Cell(fault.column, fault=fault.reason))
    return wrong


def _packed_row(row: PreviewRow) -> list[Any]:
    cells = [
        [cell.column, cell.before, cell.after, cell.fault, cell.about, cell.address]
        for cell in row.cells
    ]
    return [row.line, row.kind, list(row.names), cells, row.note]


def _row_of(
    line: int, kind: str, names: Sequence[str], cells: Sequence[Sequence[str]], note: str
) -> PreviewRow:
    return PreviewRow(line, RowKind(kind), tuple(names), tuple(Cell(*each) for each in cells), note)
