"""About how many rows a file has: cheap, and never so wrong that a large one counts as small."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from edu_platform.lib.spreadsheets import row_count
from edu_platform.lib.spreadsheets.limits import MAX_PARTS, MAX_ROWS
from edu_platform.lib.spreadsheets.row_count import about_row_count
from edu_platform.lib.spreadsheets.rows import SheetRefused
from edu_platform.lib.spreadsheets.xlsx import read_xlsx
from tests.support.sheets import csv_of, saved, with_part, xlsx_of

SHEET = "xl/worksheets/sheet1.xml"


def test_counts_below_the_head():
    rows = [["name"], *([f"n{number}"] for number in range(30))]

    assert about_row_count(csv_of(*(row[0] for row in rows))) == 30
    assert about_row_count(b"name\rming\rli") == 2
    assert about_row_count(xlsx_of(*rows)) == 30


def test_counts_rows_that_go_from_one_piece_to_the_next(monkeypatch: pytest.MonkeyPatch):
    data = xlsx_of(*([f"n{number}"] for number in range(30)))

    for size in range(20, 40):
        monkeypatch.setattr(row_count, "CHUNK_BYTES", size)
        assert about_row_count(data) == 29


def test_counts_rows_under_any_name_of_their_language():
    rows = [b"<x:row r='1'>", b"</x:row><x:row>", b"</x:row><x:row/>", b"<rows/><arrow/>"]

    assert about_row_count(with_part(xlsx_of(["a"]), SHEET, rows)) == 2


def test_counts_all_sheets():
    workbook = openpyxl.Workbook()
    for sheet in (workbook.worksheets[0], workbook.create_sheet()):
        for number in range(3):
            sheet.append([number])

    assert about_row_count(saved(workbook)) == 5


def test_counts_no_further_than_is_read():
    assert about_row_count(b"\n" * 3 * MAX_ROWS) == MAX_ROWS
    many = with_part(xlsx_of(["a"]), SHEET, [b"<row/>" * 3 * MAX_ROWS])
    assert about_row_count(many) == MAX_ROWS


def test_of_many_large_parts_no_more_than_the_limit_is_unpacked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(row_count, "MAX_UNPACKED_BYTES", 1000)
    unpacked: list[bytes] = []
    read = zipfile.ZipExtFile.read

    def noted(stream: zipfile.ZipExtFile, *args: int) -> bytes:
        unpacked.append(read(stream, *args))
        return unpacked[-1]

    monkeypatch.setattr(zipfile.ZipExtFile, "read", noted)

    about_row_count(package({f"xl/worksheets/s{number}.xml": b"0" * 600 for number in range(9)}))

    assert len(b"".join(unpacked)) <= 1200


def test_package_of_more_parts_than_are_read_has_none():
    parts = {f"xl/worksheets/s{number}.xml": b"<row/>" for number in range(MAX_PARTS + 1)}

    assert about_row_count(package(parts)) == 0


def package(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def locked() -> bytes:
    """A part that says that a password is needed."""
    data = bytearray(package({SHEET: b"<row/>"}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    return bytes(data)


def packed_otherwise() -> bytes:
    """A part that says that it is packed by LZMA, and is not."""
    data = bytearray(package({SHEET: b"<row/>"}))
    for magic, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(magic) + offset] = zipfile.ZIP_LZMA
    return bytes(data)


@pytest.mark.parametrize("make", [locked, packed_otherwise])
def test_package_that_cannot_be_opened_is_refused_when_it_is_read(make: Callable[[], bytes]):
    data = make()

    assert about_row_count(data) == 0
    with pytest.raises(SheetRefused):
        list(read_xlsx(data))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and no more", xlsx_of(["a"])[:-30]])
def test_broken_file_has_none(data: bytes):
    assert about_row_count(data) == 0
