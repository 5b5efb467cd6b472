"""XLSX: first whether the package is harmless, then rows of cells.

openpyxl unpacks and parses whatever it is given, so what stands here first is a look at the zip:
how large it really is, and that no part declares entities (which the format never does).
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.limits import (
    MAX_CHARS,
    MAX_PARTS,
    MAX_RATIO,
    MAX_STYLE_TAGS,
    MAX_TAGS,
    MAX_TOKEN_BYTES,
    MAX_UNPACKED_BYTES,
    RATIO_COUNTS_FROM_BYTES,
)
from edu_platform.lib.spreadsheets.packages import BROKEN_PACKAGE
from edu_platform.lib.spreadsheets.rows import Cell, SheetRefused, refuse_file
from edu_platform.lib.spreadsheets.workbooks import open_sheet, parts_of
from edu_platform.lib.spreadsheets.xlsx_cells import plain, require_computed
from edu_platform.lib.spreadsheets.xlsx_extent import Extent, require_few_strings, survey

CHUNK_BYTES = 256 * 1024
# Where openpyxl looks for the formats of cells.
STYLES = "xl/styles.xml"


def read_xlsx(data: bytes) -> Iterator[tuple[int, list[Cell]]]:
    """Yield each row of the first sheet with its line.

    Raises:
        SheetRefused: broken, too large when unpacked, or not the format it says.
    """
    has_formulas = _inspect_package(data)
    # openpyxl warns about every feature that it drops; nobody reads rows for those.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield from _read_first_sheet(data, has_formulas=has_formulas)
        except SheetRefused:
            raise
        except Exception as err:  # the parser fails in any way that a file can be broken
            raise refuse_file(gettext("the XLSX file is broken")) from err


def _inspect_package(data: bytes) -> bool:
    """Unpack everything once, chunk by chunk and to nowhere; say if a sheet has formulas."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            if "[Content_Types].xml" not in {part.filename for part in parts}:
                raise refuse_file(gettext("this is neither a CSV nor an XLSX file"))
            if any(part.flag_bits & 1 for part in parts):
                raise refuse_file(gettext("the file is locked with a password"))
            # What is declared first: a bomb that says so is not even begun.
            _require_sane_size(len(data), sum(part.file_size for part in parts), len(parts))
            return _unpack_to_nowhere(package, parts, packed=len(data))
    except BROKEN_PACKAGE as err:
        raise refuse_file(gettext("the XLSX file is broken")) from err


def _unpack_to_nowhere(
    package: zipfile.ZipFile, parts: list[zipfile.ZipInfo], *, packed: int
) -> bool:
    unpacked = tags = 0
    has_formulas = False
    for part in parts:
        tail = b""
        tags_before = tags
        tokens = _TokenLengths()
        with package.open(part) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                unpacked += len(chunk)
                tags += chunk.count(b"<")
                _require_sane_size(packed, unpacked, len(parts), tags=tags)
                if part.filename == STYLES and tags - tags_before > MAX_STYLE_TAGS:
                    raise refuse_file(gettext("the XLSX file has far too many formats of cells"))
                # Without the zeros of UTF-16; what straddles two chunks is seen with the tail.
                seen = tail + chunk.replace(b"\0", b"")
                if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                    raise refuse_file(gettext("the XLSX file is broken"))
                if tokens.is_too_long_with(chunk):
                    raise refuse_file(gettext("the XLSX file is far too large when unpacked"))
                has_formulas = has_formulas or b"<f>" in seen or b"<f " in seen
                tail = seen[-16:]
    return has_formulas


class _TokenLengths:
    """Finds out, piece by piece, whether a part of the package has an overlong tag or comment."""

    def __init__(self) -> None:
        self._parser: expat.XMLParserType | None = expat.ParserCreate()
        self._bytes = 0

    def is_too_long_with(self, piece: bytes) -> bool:
        if self._parser is None:
            return False
        try:
            self._parser.Parse(piece, False)  # noqa: FBT003 -- it takes no names
        except expat.ExpatError:
            self._parser = None  # no XML: the reader of this part reports it
            return False
        self._bytes += len(piece)
        begun_at = self._parser.CurrentByteIndex
        # Newer parsers wait until more has come before they look again, and have no place to tell meanwhile.
        return begun_at >= 0 and self._bytes - begun_at > MAX_TOKEN_BYTES


def _require_sane_size(packed: int, unpacked: int, parts: int, *, tags: int = 0) -> None:
    is_dense = unpacked > RATIO_COUNTS_FROM_BYTES and unpacked > packed * MAX_RATIO
    is_large = unpacked > MAX_UNPACKED_BYTES or parts > MAX_PARTS or tags > MAX_TAGS
    if is_dense or is_large:
        raise refuse_file(gettext("the XLSX file is far too large when unpacked"))


def _read_first_sheet(data: bytes, *, has_formulas: bool) -> Iterator[tuple[int, list[Cell]]]:
    parts = parts_of(io.BytesIO(data))
    if parts.sheet is None:
        raise refuse_file(gettext("the XLSX file has no sheet"))
    # First of all: openpyxl takes long over what a survey refuses, or has nothing of.
    extent = _survey(data, parts.sheet, parts.strings)
    if not extent.lines:
        return
    values = _rows_of(data, parts.sheet, extent, values=True)
    formulas = iter(_rows_of(data, parts.sheet, extent, values=False) if has_formulas else ())
    chars = 0
    for line, cells in enumerate(values, start=1):
        shown = next(formulas, ())
        # The head counts also when it is empty.
        if line == 1 or line in extent.lines:
            require_computed(line, cells, shown)
            row = [plain(cell, line) for cell in cells]
            chars += sum(len(cell) for cell in row if isinstance(cell, str))
            if chars > MAX_CHARS:
                raise refuse_file(gettext("the XLSX file is far too large when unpacked"))
            yield line, row


def _survey(data: bytes, sheet: str, strings: str | None) -> Extent:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        with package.open(sheet) as part:
            extent = survey(part)
        if strings is not None and extent.lines:
            with package.open(strings) as part:
                require_few_strings(part)
    return extent


def _rows_of(data: bytes, path: str, extent: Extent, *, values: bool) -> Iterator[tuple[Any, ...]]:
    """The rows up to the last in which something stands."""
    sheet = open_sheet(io.BytesIO(data), path, values=values)
    rows: Iterator[tuple[Any, ...]] = sheet.iter_rows(
        max_row=extent.last_line, max_col=extent.columns
    )
    return rows
