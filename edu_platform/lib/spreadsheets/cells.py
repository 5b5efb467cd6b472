"""Values of the cells of one row; what they should not say is collected, not raised."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.rows import Cell, Remarks, SheetFault, SheetRow

# Between the entries of a list: a semicolon of either width, or a new line inside the cell.
BETWEEN_ENTRIES = re.compile(r"[;；\r\n]")
BLANKS = re.compile(r"\s+")


class RowReader:
    """Reads one row. Faults and remarks go where those of all rows of an import do."""

    def __init__(self, row: SheetRow, faults: list[SheetFault], remarks: Remarks) -> None:
        self.row = row
        self.is_sound = True
        self._faults, self._remarks = faults, remarks

    @property
    def line(self) -> int:
        return self.row.line

    def refuse(self, column: str, reason: str) -> None:
        self.is_sound = False
        self._faults.append(SheetFault(self.row.line, column, reason))

    def remark(self, column: str, reason: str) -> None:
        """Say what is made of a cell that is taken."""
        self._remarks.add(self.row.line, column, reason)

    def has_column(self, column: str) -> bool:
        return column in self.row.cells

    def cell(self, column: str) -> Cell:
        return self.row.cells.get(column, "")

    def text(self, column: str, *, max_length: int, normalise: Callable[[str], str] = str) -> str:
        """The cell in one line, empty when there is nothing (or nothing that can be taken)."""
        text = normalise(BLANKS.sub(" ", self._raw(column)))
        return self._fitting(column, text, max_length)

    def needed_text(
        self, column: str, *, max_length: int, normalise: Callable[[str], str] = str
    ) -> str:
        cell = self.cell(column)
        if cell == "":
            self.refuse(column, gettext("this cell may not be empty"))
        return self.text(column, max_length=max_length, normalise=normalise)

    def verbatim(self, column: str, *, max_length: int) -> str:
        """The cell as it was typed, for passwords: two blanks inside are not one."""
        return self._fitting(column, self._raw(column), max_length)

    def entries(
        self,
        column: str,
        *,
        max_length: int,
        between: re.Pattern[str] = BETWEEN_ENTRIES,
        normalise: Callable[[str], str] = str,
    ) -> tuple[str, ...]:
        """The entries of a list, each once, in the order of the cell."""
        pieces = (BLANKS.sub(" ", piece).strip() for piece in between.split(self._raw(column)))
        fitting = (self._fitting(column, normalise(piece), max_length) for piece in pieces)
        return tuple(dict.fromkeys(piece for piece in fitting if piece))

    def needed_entries(self, column: str, *, max_length: int) -> tuple[str, ...]:
        was_sound = self.is_sound
        entries = self.entries(column, max_length=max_length)
        if not entries and self.is_sound is was_sound:
            self.refuse(column, gettext("this cell may not be empty"))
        return entries

    def _raw(self, column: str) -> str:
        cell = self.cell(column)
        if isinstance(cell, str):
            return cell
        # Excel made a date of something like 3-1.
        self.refuse(column, gettext("a date or time stands here: format the cell as text"))
        return ""

    def _fitting(self, column: str, text: str, max_length: int) -> str:
        if len(text) <= max_length:
            return text
        reason = gettext("longer than %(count)s characters") % {"count": max_length}
        self.refuse(column, reason)
        return ""
