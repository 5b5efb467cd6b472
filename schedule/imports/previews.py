"""The result of the check of a file, row by row, in the form that is kept for the pages that show it."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, overload

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.reading import headings_of
from edu_platform.lib.spreadsheets.rows import (
    WHOLE_FILE,
    WHOLE_ROW,
    Column,
    SheetFault,
    SheetNote,
    SheetRemark,
)
from edu_platform.lib.spreadsheets.templates import own_heading
from schedule.enums import RowKind
from schedule.imports.new_names import NewName

# This is the form of what is kept: what an earlier release kept for an hour is not read as this one's.
FORM = 5
# Rows of these kinds keep a file from being imported.
REFUSED = (RowKind.FAULTY, RowKind.CONFLICT)
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
    """The change of one cell, or what is wrong with it; the column as the file calls it."""

    column: str
    before: str = ""
    after: str = ""
    fault: str = ""
    # What the fault speaks of, by its name and its page.
    about: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class PreviewRow:
    # 0: it is of no line of the file.
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

    def __init__(self, packed_rows: Iterable[list[Any]]) -> None:
        self.packed_rows = list(packed_rows)

    @classmethod
    def of(
        cls,
        rows: Iterable[PreviewRow],
        *,
        before: Iterable[PreviewRow] = (),
        after: Iterable[PreviewRow] = (),
    ) -> PreviewRows:
        """Keep the rows by their lines, between those that are of no line."""
        by_line = sorted(rows, key=lambda row: row.line)
        return cls(map(_packed_row, [*before, *by_line, *after]))

    @overload
    def __getitem__(self, index: int) -> PreviewRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[PreviewRow]: ...
    def __getitem__(self, index: int | slice) -> PreviewRow | list[PreviewRow]:
        if isinstance(index, slice):
            return [_row_of(*row) for row in self.packed_rows[index]]
        return _row_of(*self.packed_rows[index])

    def __len__(self) -> int:
        return len(self.packed_rows)

    def of_kind(self, kind: RowKind) -> PreviewRows:
        return PreviewRows(row for row in self.packed_rows if row[1] == kind)

    @property
    def counts(self) -> Counter[RowKind]:
        return Counter(RowKind(row[1]) for row in self.packed_rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The result of the check of a file, for the pages that show it."""

    rows: PreviewRows
    # Rows that are not of the file, by the name of their part: people who are missing in it.
    beside: Mapping[str, PreviewRows] = field(default_factory=dict)
    # The other answers with which the file was checked.
    answers: Mapping[str, Any] = field(default_factory=dict)
    # Another one where another thing would be done than the page shows.
    version: str = ""
    # The code of what it is an import into, where there are several.
    scope: str = ""
    # What its page shows instead of rows, as JSON.
    figures: Mapping[str, Any] = field(default_factory=dict)
    # By the headings of the file. They are not kept: its rows say them too.
    faults: Sequence[SheetFault] = ()
    # By the headings of the file, too.
    remarks: Sequence[SheetRemark] = ()
    # Everything that it would make, which somebody has to confirm.
    new_names: Sequence[NewName] = ()
    # So many rows give somebody the name of another one in the file, which somebody has to confirm too.
    swapped: int = 0
    # So many new people have the username of somebody who was erased, which somebody has to confirm as well.
    reused: int = 0
    # It gives or takes power over others, for which a code is asked for once more.
    gives_power: bool = False

    @property
    def is_refused(self) -> bool:
        """Return whether something keeps the file from being imported."""
        counts = self.rows.counts
        return bool(self.faults) or any(counts[kind] for kind in REFUSED)

    @property
    def is_doubtful(self) -> bool:
        """Return whether it asks anything about the file, which may be imported all the same."""
        return bool(self.remarks) or any(new.like for new in self.new_names)

    def faults_in_rows(self) -> list[SheetFault]:
        """Return what is wrong, as far as that is kept."""
        cells = ((row.line, cell) for row in self.rows for cell in row.cells)
        return [SheetFault(line, cell.column, cell.fault) for line, cell in cells if cell.fault]

    @property
    def changes_anything(self) -> bool:
        return any(kind != RowKind.UNCHANGED for kind in self.rows.counts)

    def packed(self) -> bytes:
        contents = {
            "form": FORM,
            "rows": self.rows.packed_rows,
            "beside": {name: rows.packed_rows for name, rows in self.beside.items()},
            "answers": dict(self.answers),
            "version": self.version,
            "scope": self.scope,
            "figures": dict(self.figures),
            "remarks": [[remark.line, remark.column, remark.reason] for remark in self.remarks],
            "swapped": self.swapped,
            "reused": self.reused,
            "gives_power": self.gives_power,
            "new_names": [each.kept() for each in self.new_names],
        }
        return zlib.compress(json.dumps(contents, ensure_ascii=False).encode())

    @classmethod
    def of(cls, packed: bytes) -> Preview | None:
        """Unpack what was kept; None where a release before kept it in another form."""
        contents = json.loads(zlib.decompress(packed))
        if contents.pop("form", None) != FORM:
            return None
        return cls(
            rows=PreviewRows(contents.pop("rows")),
            beside={name: PreviewRows(rows) for name, rows in contents.pop("beside").items()},
            remarks=[SheetRemark(*remark) for remark in contents.pop("remarks")],
            new_names=[NewName(*each) for each in contents.pop("new_names")],
            **contents,
        )


def refused_preview(faults: Sequence[SheetFault], **more: Any) -> Preview:
    """Make the preview of a file of which nothing but its faults is known, by its headings already."""
    return Preview(rows=PreviewRows.of(faulty_rows(cells_at_fault(faults))), faults=faults, **more)


def faulty_rows(wrong: Mapping[int, Sequence[Cell]]) -> list[PreviewRow]:
    """Make the rows of lines of which nothing but what is wrong with them is known."""
    return [PreviewRow(line, RowKind.FAULTY, cells=tuple(cells)) for line, cells in wrong.items()]


def cells_at_fault(faults: Sequence[SheetFault]) -> dict[int, list[Cell]]:
    """Return what is wrong, by line; `faults` have the headings of the file already."""
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
    return PreviewRow(line, RowKind(kind), tuple(names), tuple(Cell(*cell) for cell in cells), note)


Note = TypeVar("Note", bound=SheetNote)


def headings_in_file(content: bytes, columns: Sequence[Column]) -> dict[str, str]:
    """The heading of each column, by its name: the file's own where it has one."""
    return {
        **whole_in_words(),
        **{column.name: own_heading(column) for column in columns},
        **headings_of(content, columns),
    }


def whole_in_words() -> dict[str, str]:
    """Return what stands where a fault is of no single column."""
    return {WHOLE_FILE: gettext("whole file"), WHOLE_ROW: gettext("whole row")}


def named_by_file(notes: Sequence[Note], headings: Mapping[str, str]) -> list[Note]:
    """The faults or remarks, with the headings that the person sees in their file."""
    return [
        dataclasses.replace(note, column=headings.get(note.column, note.column)) for note in notes
    ]
