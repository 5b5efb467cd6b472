"""CSV: bytes to rows of text, each with the line it begins on."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.rows import WHOLE_ROW, SheetFault, SheetRefused, refuse_file

REPLACED = "\ufffd"


@dataclass(frozen=True, slots=True)
class CsvDialect:
    separator: str = ","
    quote: str = '"'


SPREADSHEETS = CsvDialect()


def read_csv(data: bytes, dialect: CsvDialect = SPREADSHEETS) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the physical line that it begins on.

    Raises:
        SheetRefused: neither UTF-8 nor GB18030, or a quotation mark out of place.
    """
    text = io.StringIO(_decode(data), newline="")
    records = csv.reader(text, strict=True, delimiter=dialect.separator, quotechar=dialect.quote)
    line = 1
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except csv.Error as err:
            # Without strictness one forgotten mark swallows the rest of the file into one cell.
            reason = gettext("the quotation marks or the length of a cell are wrong")
            raise SheetRefused([SheetFault(line, WHOLE_ROW, reason)]) from err
        yield line, record
        line = records.line_num + 1


def _decode(data: bytes) -> str:
    if b"\0" in data:
        raise refuse_file(gettext("this is neither a CSV nor an XLSX file"))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        if data.startswith(codecs.BOM_UTF8) or _is_mostly_utf8(data):
            # GB18030 can read nearly anything; a damaged name must not come in as another one.
            line = data.count(b"\n", 0, err.start) + 1
            raise refuse_file(gettext("a character is not UTF-8"), line=line) from err
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as err:
        line = data.count(b"\n", 0, err.start) + 1
        reason = gettext("the text is neither UTF-8 nor GB18030")
        raise refuse_file(reason, line=line) from err


def _is_mostly_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", "replace")
    broken = text.count(REPLACED)
    whole = sum(1 for character in text if character > "\x7f") - broken
    return whole > broken
