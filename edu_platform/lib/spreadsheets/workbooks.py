"""Workbooks of openpyxl, which is imported for the first of them.

It takes a tenth of a second, and most processes and commands never see a workbook.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from openpyxl.styles import Alignment, Font
    from openpyxl.workbook import Workbook


def _openpyxl() -> Any:
    import openpyxl  # noqa: PLC0415 -- only when it is needed

    return openpyxl


def new_workbook() -> Workbook:
    workbook: Workbook = _openpyxl().Workbook()
    return workbook


def new_written_workbook() -> Workbook:
    """One that is written row by row, and kept in no memory."""
    workbook: Workbook = _openpyxl().Workbook(write_only=True)
    return workbook


def open_workbook(file: BinaryIO, *, values: bool) -> Workbook:
    """One to read row by row: what its formulas say, or with `values` what they came to."""
    workbook: Workbook = _openpyxl().load_workbook(
        file, read_only=True, data_only=values, keep_links=False
    )
    return workbook


def set_width(sheet: Any, number: int, width: float) -> Any:
    """Set the width of a column, the first being 1; return what it looks like."""
    dimension = sheet.column_dimensions[_openpyxl().utils.get_column_letter(number)]
    dimension.width = width
    return dimension


def bold() -> Font:
    font: Font = _openpyxl().styles.Font(bold=True)
    return font


def wrapped() -> Alignment:
    """Text that goes on in further lines of its cell."""
    alignment: Alignment = _openpyxl().styles.Alignment(wrap_text=True, vertical="top")
    return alignment
