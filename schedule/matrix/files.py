"""A matrix as an XLSX file: the cells of its page, one by one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from edu_platform.lib.spreadsheets.workbooks import (
    new_write_only_workbook,
    set_width,
    wrapped_cell,
)
from edu_platform.lib.spreadsheets.writing import xlsx_text
from schedule.matrix.pages import MatrixPage
from schedule.matrix.table import Cell, Matrix
from schedule.matrix.words import day_in_words

NAME_WIDTH, COLUMN_WIDTH = 18, 16


def matrix_file(page: MatrixPage) -> bytes:
    matrix = page.matrix
    heads = list(_heads(page))
    workbook = new_write_only_workbook()
    sheet = workbook.create_sheet(_("School timetable"))
    sheet.freeze_panes = f"B{len(heads) + 1}"
    set_width(sheet, 1, NAME_WIDTH)
    for number in range(len(matrix.columns.columns)):
        set_width(sheet, number + 2, COLUMN_WIDTH)
    for row in (*heads, *_rows(sheet, matrix)):
        sheet.append(row)
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def matrix_file_name(page: MatrixPage) -> str:
    days = f"{page.days[0]}–{page.days[-1]}" if page.choice.is_of_week else f"{page.day}"
    return f"{_('School timetable')} {days}.xlsx"


def _heads(page: MatrixPage) -> Iterator[list[str]]:
    """Yield the lines of heads: in a week the day stands above each of its columns."""
    columns = page.matrix.columns
    if page.choice.is_of_week:
        yield ["", *(day_in_words(day.date) for day in columns.days for _column in day.columns)]
    yield ["", *(f"{column.head} {column.time}".strip() for column in columns.columns)]


def _rows(sheet: Any, matrix: Matrix) -> Iterator[list[Any]]:
    for group in matrix.groups:
        if group.name:
            yield [xlsx_text(group.name)]
        for row in group.rows:
            yield [xlsx_text(row.name), *(_cell(sheet, cell) for cell in matrix.cells_of(row))]


def _cell(sheet: Any, cell: Cell) -> Any:
    if not cell:
        return None
    text = xlsx_text("\n".join(entry.text for entry in cell))
    return text if len(cell) == 1 else wrapped_cell(sheet, text)
