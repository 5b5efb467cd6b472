"""An XLSX file to fill in: the columns with an example, and on a second sheet what may stand in them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from edu_platform.lib.formatting import is_chinese, listed
from edu_platform.lib.spreadsheets.rows import Column
from edu_platform.lib.spreadsheets.workbooks import bold, new_workbook, set_width, wrapped

# Else programs make dates of classes such as 3-1, and drop the zeros before numbers of students.
TEXT_FORMAT = "@"
COLUMN_WIDTH = 18
WORDS_WIDTH = 60


def own_heading(column: Column) -> str:
    """The heading of ours in the reader's language."""
    return column.headings[0] if is_chinese() else column.name


def build_template(columns: Sequence[Column], rows: Sequence[Mapping[str, str]]) -> bytes:
    """The file, with these rows, by the names of columns, as the example."""
    workbook = new_workbook()
    _fill_sheet(workbook.worksheets[0], columns, rows)
    _fill_words(workbook.create_sheet(), columns)
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def _fill_sheet(sheet: Any, columns: Sequence[Column], rows: Sequence[Mapping[str, str]]) -> None:
    sheet.title = gettext("Fill in")
    sheet.append([own_heading(column) for column in columns])
    for row in rows:
        sheet.append([row.get(column.name, "") for column in columns])
    for number in range(1, len(columns) + 1):
        set_width(sheet, number, COLUMN_WIDTH).number_format = TEXT_FORMAT
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.number_format = TEXT_FORMAT
    _make_head(sheet)


def _fill_words(sheet: Any, columns: Sequence[Column]) -> None:
    sheet.title = gettext("What may stand here")
    sheet.append(
        [
            gettext("Column"),
            gettext("Needed"),
            gettext("What may stand here"),
            gettext("Accepted headings"),
        ]
    )
    for column in columns:
        needed = gettext("needed") if column.is_required else ""
        sheet.append([own_heading(column), needed, str(column.accepts), listed(column.names)])
    for letter, width in zip("ABCD", (COLUMN_WIDTH, 8, WORDS_WIDTH, WORDS_WIDTH), strict=True):
        sheet.column_dimensions[letter].width = width
    for cells in sheet.iter_rows():
        for cell in cells:
            cell.alignment = wrapped()
    _make_head(sheet)


def _make_head(sheet: Any) -> None:
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = bold()
