"""From the bytes of a file to rows under known columns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from django.utils.translation import gettext

from edu_platform.lib.formatting import MIB
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.spreadsheets.csv_text import SPREADSHEETS, CsvDialect, read_csv
from edu_platform.lib.spreadsheets.headings import INVISIBLE, headings_in, names_of
from edu_platform.lib.spreadsheets.limits import MAX_COLUMNS, MAX_FILE_BYTES, MAX_ROWS
from edu_platform.lib.spreadsheets.row_count import ZIP_MAGIC, about_row_count
from edu_platform.lib.spreadsheets.rows import (
    WHOLE_ROW,
    Cell,
    Column,
    SheetFault,
    SheetRefused,
    SheetRow,
    refuse_file,
)
from edu_platform.lib.spreadsheets.xlsx import read_xlsx

# Excel before 2007, and every Office file that is locked with a password.
OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Numbers without a character, which no XML file may hold.
NO_CHARACTERS = "\ufffe\uffff"


def read_sheet(
    data: bytes,
    columns: Sequence[Column],
    faults: list[SheetFault],
    *,
    dialect: CsvDialect = SPREADSHEETS,
    has_head: bool = True,
) -> list[SheetRow]:
    """Read a CSV or XLSX file, told apart by its content, into rows without blank ones.

    Without a head, the columns stand in their order, and lines still count from 1. What is wrong with single rows (longer than the head, characters that cannot be shown) goes to
    `faults`, so that it is told together with what their cells say.

    Raises:
        SheetRefused: the file or its head cannot be read, or there are more than MAX_ROWS rows (a
            fault of the first row too many).
    """
    lines = _lines_of(data, dialect)
    _line, head = next(lines, (1, [])) if has_head else (1, [column.name for column in columns])
    names = names_of(head[:MAX_COLUMNS], columns)
    rows: list[SheetRow] = []
    total = about_row_count(data)
    for line, cells in lines:
        report(Phase.READING, min(line, total), total)
        values = [_trimmed(cell) for cell in cells]
        if not any(value != "" for value in values):
            continue
        if len(rows) + 1 > MAX_ROWS:
            reason = gettext("more than %(count)s rows") % {"count": MAX_ROWS}
            raise SheetRefused([SheetFault(line, WHOLE_ROW, reason)])
        faults.extend(_faults_of(line, names, values))
        padded = [*values, *([""] * (len(names) - len(values)))]
        named = {name: value for name, value in zip(names, padded, strict=False) if name}
        rows.append(SheetRow(line, named))
    return rows


def headings_of(data: bytes, columns: Sequence[Column]) -> dict[str, str]:
    """Return what the columns are called in this file, as far as it has them and can be read."""
    try:
        _line, head = next(_lines_of(data), (1, []))
    except SheetRefused:
        return {}
    return headings_in(head[:MAX_COLUMNS], columns)


def _lines_of(
    data: bytes, dialect: CsvDialect = SPREADSHEETS
) -> Iterator[tuple[int, Sequence[Cell]]]:
    if len(data) > MAX_FILE_BYTES:
        megabytes = MAX_FILE_BYTES // MIB
        raise refuse_file(gettext("the file is larger than %(size)s MB") % {"size": megabytes})
    if not data.strip():
        raise refuse_file(gettext("the file is empty"))
    if data.startswith(OLD_OFFICE_MAGIC):
        raise refuse_file(
            gettext("an old or locked Excel file: save it as XLSX without a password")
        )
    if data.startswith(ZIP_MAGIC):
        return read_xlsx(data)
    return read_csv(data, dialect)


def _faults_of(line: int, names: Sequence[str], values: Sequence[Cell]) -> Iterable[SheetFault]:
    if any(value != "" for value in values[len(names) :]):
        yield SheetFault(line, WHOLE_ROW, gettext("the row is longer than the head"))
    for name, value in zip(names, values, strict=False):
        if value != "" and not name:
            yield SheetFault(line, WHOLE_ROW, gettext("a cell stands below an empty heading"))
        if isinstance(value, str) and _has_control_characters(value):
            reason = gettext("a character that cannot be shown")
            yield SheetFault(line, name or WHOLE_ROW, reason)


def _trimmed(cell: Cell) -> Cell:
    return cell.strip().strip(INVISIBLE).strip() if isinstance(cell, str) else cell


def _has_control_characters(text: str) -> bool:
    if text.isprintable():
        return False
    return any(
        (unicodedata.category(character) in {"Cc", "Cs"} and character not in "\t\r\n")
        or character in NO_CHARACTERS
        for character in text
    )
