"""Tables as sheets of an XLSX file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from edu_platform.lib.spreadsheets.workbooks import (
    filling,
    new_write_only_workbook,
    set_width,
)

COLUMN_WIDTH = 16

Row = list[Any]


def fill_sheet(workbook: Any, title: str, rows: Iterator[Row]) -> None:
    """A sheet of a write-only workbook; the first row is its head, which stays in sight."""
    head = next(rows)
    sheet = workbook.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number in range(1, len(head) + 1):
        set_width(sheet, number, COLUMN_WIDTH)
    sheet.append(head)
    for row in rows:
        sheet.append(row)


def one_sheet(title: str, rows: Iterator[Row]) -> bytes:
    """Return a file of a single sheet."""
    workbook = new_write_only_workbook()
    with filling(workbook):
        fill_sheet(workbook, title, rows)
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()
