"""Workbooks of openpyxl, which is imported only when the first one is needed.

It takes a tenth of a second, and most processes and commands never see a workbook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from openpyxl.styles import Alignment, Font
    from openpyxl.workbook import Workbook


def _openpyxl() -> Any:
    import openpyxl  # noqa: PLC0415 -- slow to import, and seldom needed

    return openpyxl


def new_workbook() -> Workbook:
    workbook: Workbook = _openpyxl().Workbook()
    return workbook


def new_write_only_workbook() -> Workbook:
    """Make a workbook that takes rows one after the other, and keeps none of them in memory."""
    workbook: Workbook = _openpyxl().Workbook(write_only=True)
    return workbook


def open_workbook(file: BinaryIO, *, values: bool) -> Workbook:
    """Open a workbook to be read row by row: its formulas, or with `values` their results."""
    workbook: Workbook = _openpyxl().load_workbook(
        file, read_only=True, data_only=values, keep_links=False
    )
    return workbook


def set_width(sheet: Any, number: int, width: float) -> Any:
    """Set the width of a column, the first of which is 1; return openpyxl's object for the column."""
    dimension = sheet.column_dimensions[_openpyxl().utils.get_column_letter(number)]
    dimension.width = width
    return dimension


def bold() -> Font:
    font: Font = _openpyxl().styles.Font(bold=True)
    return font


def wrapped() -> Alignment:
    """How text is aligned that goes on in further lines of its cell."""
    alignment: Alignment = _openpyxl().styles.Alignment(wrap_text=True, vertical="top")
    return alignment
