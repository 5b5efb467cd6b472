"""Workbooks of openpyxl, which is imported only when the first one is needed.

It takes a tenth of a second, and most processes and commands never see a workbook.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

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


@contextmanager
def filling(workbook: Workbook) -> Iterator[None]:
    """End the sheets of a write-only workbook and remove their temporary files where its filling is broken off."""
    try:
        yield
    except BaseException:
        for sheet in cast("list[Any]", workbook.worksheets):
            sheet.close()
            sheet._writer.cleanup()  # noqa: SLF001 -- as saving it does
        raise


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a package that hold the cells of its first sheet, and its texts, if any do."""

    sheet: str | None
    strings: str | None


def parts_of(file: BinaryIO) -> Parts:
    """Find the parts of a workbook by its lists alone: nothing of what they hold is read."""
    from openpyxl.xml.constants import SHARED_STRINGS  # noqa: PLC0415 -- as above

    reader = _reader_of(file, values=True)
    sheets = (
        relation.target
        for _sheet, relation in reader.parser.find_sheets()
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type
    )
    strings = reader.package.find(SHARED_STRINGS)
    return Parts(next(sheets, None), None if strings is None else strings.PartName[1:])


def open_sheet(file: BinaryIO, path: str, *, values: bool) -> Any:
    """Open a sheet to be read row by row: its formulas, or with `values` their results.

    Opening a whole workbook reads through each sheet that does not say its size, in search of it.
    """
    from openpyxl.styles.stylesheet import apply_stylesheet  # noqa: PLC0415 -- as above
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet  # noqa: PLC0415 -- as above

    class Sheet(ReadOnlyWorksheet):
        def _get_size(self) -> None:
            """Leave the size open: some programs write a wrong one."""

    reader = _reader_of(file, values=values)
    reader.read_strings()
    apply_stylesheet(reader.archive, reader.wb)
    return Sheet(reader.wb, "", path, reader.shared_strings)


def _reader_of(file: BinaryIO, *, values: bool) -> Any:
    """Return openpyxl's reader of a package, with its list of sheets read."""
    from openpyxl.reader.excel import ExcelReader  # noqa: PLC0415 -- as above

    reader: Any = ExcelReader(file, read_only=True, data_only=values, keep_links=False)
    reader.read_manifest()
    reader.read_workbook()
    return reader


def set_width(sheet: Any, number: int, width: float) -> Any:
    """Set the width of a column, the first of which is 1; return openpyxl's object for the column."""
    dimension = sheet.column_dimensions[_openpyxl().utils.get_column_letter(number)]
    dimension.width = width
    return dimension


def bold() -> Font:
    font: Font = _openpyxl().styles.Font(bold=True)
    return font


def wrapped() -> Alignment:
    """Return how text is aligned that goes on in further lines of its cell."""
    alignment: Alignment = _openpyxl().styles.Alignment(wrap_text=True, vertical="top")
    return alignment


def wrapped_cell(sheet: Any, text: str) -> Any:
    """Return a cell of a write-only sheet that shows all lines of its text."""
    cell = _openpyxl().cell.WriteOnlyCell(sheet, text)
    cell.alignment = wrapped()
    return cell
