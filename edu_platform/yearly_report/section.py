"""A section of the report: a table with its title, and what it tells, for the page and for the file alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from edu_platform.lib.formatting import NOTHING

Cell = str | int | dt.date | None


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell below its head, as the page shows it."""

    head: str
    value: Cell

    @property
    def text(self) -> str:
        return NOTHING if self.value in ("", None) else str(self.value)

    @property
    def is_number(self) -> bool:
        return isinstance(self.value, int)


@dataclass(frozen=True, slots=True)
class Link:
    """A way to the page of what a section counts."""

    address: str
    words: str


@dataclass(frozen=True, slots=True)
class Section:
    # Its anchor.
    name: str
    title: str
    # What the numbers mean, and of which day they are.
    words: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    # Where each row leads to, of those sections whose rows are pages.
    addresses: Sequence[str] = field(default=())
    # Said in place of a table without rows.
    without_rows: str = ""
    link: Link | None = None

    @property
    def lines(self) -> list[tuple[str, list[ShownCell]]]:
        """Return the rows for the page: where each leads, and its cells."""
        addresses = self.addresses or [""] * len(self.rows)
        return [
            (address, [ShownCell(head, cell) for head, cell in zip(self.heads, row, strict=True)])
            for address, row in zip(addresses, self.rows, strict=True)
        ]
