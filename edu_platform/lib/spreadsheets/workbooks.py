"""Workbooks of openpyxl, which is imported for the first of them.

It takes a tenth of a second, and most processes and commands never see a workbook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook


def new_workbook() -> Workbook:
    from openpyxl import Workbook  # noqa: PLC0415 -- only when it is needed

    return Workbook()


def new_written_workbook() -> Workbook:
    """One that is written row by row, and kept in no memory."""
    from openpyxl import Workbook  # noqa: PLC0415 -- only when it is needed

    return Workbook(write_only=True)


def open_workbook(file: BinaryIO, *, values: bool) -> Workbook:
    """One to read row by row: what its formulas say, or with `values` what they came to."""
    from openpyxl import load_workbook  # noqa: PLC0415 -- only when it is needed

    return load_workbook(file, read_only=True, data_only=values, keep_links=False)


def set_width(sheet: Any, number: int, width: float) -> Any:
    """Set the width of a column, the first being 1; return what it looks like."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415 -- only when it is needed

    dimension = sheet.column_dimensions[get_column_letter(number)]
    dimension.width = width
    return dimension
