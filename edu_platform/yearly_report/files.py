"""The report as an XLSX file: what it tells, then a sheet for each section."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from edu_platform.lib.spreadsheets.workbooks import (
    filling,
    new_write_only_workbook,
    set_width,
    wrapped_cell,
)
from edu_platform.lib.spreadsheets.writing import xlsx_text
from edu_platform.yearly_report.report import Report
from edu_platform.yearly_report.section import Cell

# Spreadsheet programs take no longer name of a sheet.
SHEET_NAME_CHARS = 31
# Sentences stand in the cells, and lists with a line an entry.
COLUMN_WIDTH = 32


def report_file(report: Report) -> bytes:
    workbook = new_write_only_workbook()
    with filling(workbook):
        contents = [
            [report.facts],
            *([section.title, section.words] for section in report.sections),
        ]
        _fill(workbook, _("Report"), [report.title, report.school_name], contents)
        for section in report.sections:
            _fill(workbook, section.title, section.heads, section.rows)
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def report_file_name(report: Report) -> str:
    return f"{report.title}.xlsx"


def _fill(workbook: Any, title: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    sheet = workbook.create_sheet(title[:SHEET_NAME_CHARS])
    sheet.freeze_panes = "A2"
    for number in range(1, len(heads) + 1):
        set_width(sheet, number, COLUMN_WIDTH)
    for row in (heads, *rows):
        sheet.append([_cell(sheet, cell) for cell in row])


def _cell(sheet: Any, cell: Cell) -> Any:
    return wrapped_cell(sheet, xlsx_text(cell)) if isinstance(cell, str) else cell
