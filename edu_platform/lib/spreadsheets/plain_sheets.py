"""XLSX files of one sheet with hundreds of thousands of rows, whose cells are written as text.

openpyxl takes six times as long for each cell. Here a row is a text of cells, so that what many rows have in common
is written once. Nothing of the sheet is kept in memory: it goes into a temporary file, packed as it comes.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import lru_cache
from html import escape
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from edu_platform.lib.spreadsheets.writing import xlsx_text

EMPTY = "<c/>"
# Sheets count days from here.
FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001 -- sheets have no time zones
DAY_S = 86_400
# The places of these in the styles below.
DAY, TIME, MOMENT = 1, 2, 3
PACKING = 1  # the quickest: names and states repeat, and pack well at once
SPOOLED_BYTES = 1 << 20

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        f'<styleSheet {_MAIN}><numFmts count="3">'
        '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="hh:mm"/>'
        '<numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '<xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}


@lru_cache(maxsize=8192)
def text_cell(text: str) -> str:
    """Return a cell with a text, in which nothing calculates."""
    if not text:
        return EMPTY
    shown = escape(xlsx_text(text), quote=False)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def number_cell(number: float | None) -> str:
    return EMPTY if number is None else f"<c><v>{number}</v></c>"


def day_cell(day: dt.date) -> str:
    return f'<c s="{DAY}"><v>{day.toordinal() - FIRST_DAY.toordinal()}</v></c>'


def time_cell(time: dt.time) -> str:
    seconds = (time.hour * 60 + time.minute) * 60 + time.second
    return f'<c s="{TIME}"><v>{seconds / DAY_S:.9f}</v></c>'


def moment_cell(moment: dt.datetime | None, zone: dt.tzinfo) -> str:
    """Return a cell with a moment to the second, as clocks of the zone show it."""
    if moment is None:
        return EMPTY
    since = moment.astimezone(zone).replace(tzinfo=None) - FIRST_DAY
    return f'<c s="{MOMENT}"><v>{since.days + since.seconds / DAY_S:.9f}</v></c>'


def plain_sheet(
    title: str, widths: Sequence[int], head: Sequence[str], portions: Iterable[Iterable[str]]
) -> IO[bytes]:
    """Return an XLSX file, open at its beginning; it is gone when closed. Each row is the text of its cells."""
    with ExitStack() as unless_done:
        file = cast("IO[bytes]", tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES))  # noqa: SIM115 -- the caller closes it
        unless_done.callback(file.close)
        _write(file, title, widths, head, portions)
        unless_done.pop_all()
    file.seek(0)
    return file


def _write(
    file: IO[bytes],
    title: str,
    widths: Sequence[int],
    head: Sequence[str],
    portions: Iterable[Iterable[str]],
) -> None:
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=PACKING) as package:
        for name, part in {**_PARTS, "xl/workbook.xml": _workbook(title)}.items():
            package.writestr(name, _HEAD + part)
        sheet = ZipInfo("xl/worksheets/sheet1.xml")
        sheet.compress_type = ZIP_DEFLATED
        # Its size is not known yet.
        with package.open(sheet, "w", force_zip64=True) as part_file:
            lines = io.TextIOWrapper(part_file, encoding="utf-8", newline="")
            lines.write(_beginning(widths))
            lines.write(f"<row>{''.join(map(text_cell, head))}</row>")
            for rows in portions:
                lines.write("".join([f"<row>{row}</row>" for row in rows]))
            lines.write("</sheetData></worksheet>")
            lines.flush()
            lines.detach()


def _workbook(title: str) -> str:
    return (
        f'<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{escape(title)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


def _beginning(widths: Sequence[int]) -> str:
    """Return all of a sheet before its rows: the head stays in sight."""
    columns = "".join(
        f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        for number, width in enumerate(widths, start=1)
    )
    return (
        f'{_HEAD}<worksheet {_MAIN}><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>"
    )
