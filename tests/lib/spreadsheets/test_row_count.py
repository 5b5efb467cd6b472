"""About how many rows a file has: cheap, and never so wrong that a large one counts as small."""

from __future__ import annotations

import openpyxl
import pytest

from edu_platform.lib.spreadsheets import row_count
from edu_platform.lib.spreadsheets.limits import MAX_ROWS
from edu_platform.lib.spreadsheets.row_count import about_row_count
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


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and no more", xlsx_of(["a"])[:-30]])
def test_broken_file_has_none(data: bytes):
    assert about_row_count(data) == 0
