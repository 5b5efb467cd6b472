from __future__ import annotations

import datetime as dt
import io
import random
import struct
import zipfile
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from edu_platform.lib.spreadsheets import xlsx, xlsx_cells
from edu_platform.lib.spreadsheets.csv_text import CsvDialect
from edu_platform.lib.spreadsheets.limits import MAX_FILE_BYTES
from edu_platform.lib.spreadsheets.reading import read_sheet
from edu_platform.lib.spreadsheets.rows import Column, SheetFault, SheetRefused
from tests.support.sheets import csv_of, saved, with_part, xlsx_of

COLUMNS = (
    Column("username", ("用户名",)),
    Column("class_groups", ("班级",)),
    Column("date", ("日期",), is_required=False),
)
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
MAIN = "xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'"


def read(data: bytes) -> list[tuple[int, dict[str, Any]]]:
    faults: list[SheetFault] = []
    rows = read_sheet(data, COLUMNS, faults)
    assert faults == []
    return [(row.line, row.cells) for row in rows]


def faults_of(data: bytes) -> list[tuple[int, str]]:
    faults: list[SheetFault] = []
    try:
        read_sheet(data, COLUMNS, faults)
    except SheetRefused as refused:
        faults.extend(refused.faults)
    return [(fault.line, fault.column) for fault in faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_comes_in_every_encoding_of_schools(encoding: str) -> None:
    data = csv_of("用户名,班级", "xiaoming,三年级1班", "镕𠮷,〇班", encoding=encoding)

    assert read(data) == [
        (2, {"username": "xiaoming", "class_groups": "三年级1班"}),
        (3, {"username": "镕𠮷", "class_groups": "〇班"}),
    ]


@pytest.mark.parametrize(
    "head",
    [
        "username,class_groups",
        " Username , Class Groups ",
        "USERNAME,class-groups",
        "用户名 *,班级",
        "ｕｓｅｒｎａｍｅ,班 级",
        '"username","class\ngroups"',
    ],
)
def test_headings_are_known_however_they_are_written(head: str) -> None:
    assert read(csv_of(head, "ming,1"))[0][1] == {"username": "ming", "class_groups": "1"}


@pytest.mark.parametrize(("separator", "quote"), [(";", '"'), ("\t", "'"), (",", "'")])
def test_csv_of_another_dialect_is_read_as_that(separator: str, quote: str) -> None:
    cells = [f"{quote}{cell}{quote}" for cell in ("ming", f"1{separator}2")]
    data = csv_of(separator.join(["username", "class_groups"]), separator.join(cells))

    rows = read_sheet(data, COLUMNS, [], dialect=CsvDialect(separator, quote))

    assert rows[0].cells == {"username": "ming", "class_groups": f"1{separator}2"}


def test_table_without_a_head_has_its_columns_in_their_order() -> None:
    rows = read_sheet(csv_of("ming,1", "hua,2,2026-09-01"), COLUMNS, [], has_head=False)

    assert [row.line for row in rows] == [1, 2]
    assert rows[1].cells == {"username": "hua", "class_groups": "2", "date": "2026-09-01"}


def test_blank_rows_are_left_out_and_lines_stay_right() -> None:
    data = csv_of("username,class_groups", "", "a,1", " , ", "b,2", "")

    assert [line for line, _cells in read(data)] == [3, 5]


def test_a_cell_over_several_lines_does_not_move_the_lines_below() -> None:
    data = csv_of("username,class_groups", 'a,"1;\n2;\r\n3"', "b,2", "c,1,too long")

    assert faults_of(data) == [(6, "row")]


def test_a_short_row_has_empty_cells() -> None:
    assert read(csv_of("username,class_groups,date", "a")) == [
        (2, {"username": "a", "class_groups": "", "date": ""})
    ]


def test_empty_cells_beyond_the_head_do_not_count() -> None:
    assert len(read(csv_of("username,class_groups,,", "a,1,,,"))) == 1


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["username", "a"], [(1, "class_groups")]),
        (["date"], [(1, "class_groups"), (1, "username")]),
        (["username,class_groups,shoe: size", "a,1,38"], [(1, "shoe size")]),
        (["username,班级,class_groups", "a,1,2"], [(1, "class_groups")]),
        (["username,class_groups,", "a,1,x"], [(2, "row")]),
        (["username,,class_groups", "a,x,1"], [(2, "row")]),
        (["username,class_groups", "a,1,x,y", "b,1", "c,2,z"], [(2, "row"), (4, "row")]),
        (["username,class_groups", "a\x07,1"], [(2, "username")]),
        (["username,class_groups", "a,1\uffff"], [(2, "class_groups")]),
        (["username,class_groups", 'a,"1', "b,2"], [(2, "row")]),
        (["username,class_groups", "a,1", f"b,{'x' * 200_000}"], [(3, "row")]),
        ([""], [(1, "file")]),
    ],
)
def test_what_cannot_be_read_is_told_by_line_and_column(
    lines: list[str], expected: list[tuple[int, str]]
) -> None:
    assert faults_of(csv_of(*lines)) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\0\0\0",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512,
        "username,class_groups\n".encode("utf-16"),
        b"PK\x03\x04 is no zip",
        b"username,class_groups\n\xff\xff,1",
    ],
)
def test_other_files_are_refused(data: bytes) -> None:
    (fault,) = faults_of(data)

    assert fault[1] == "file"


def test_damaged_utf8_is_not_taken_for_gb18030() -> None:
    data = csv_of("username,class_groups", "ming,三年级一班", "hong,三年级二班")
    broken = data.replace("二".encode(), "二".encode()[:2])

    assert faults_of(broken) == [(3, "file")]


def test_twenty_thousand_rows_are_taken_and_one_more_is_not() -> None:
    lines = ["username,class_groups", *(f"s{number},1" for number in range(20_000))]

    assert len(read(csv_of(*lines))) == 20_000
    assert faults_of(csv_of(*lines, "more,1")) == [(20_002, "row")]


def test_a_file_over_twenty_megabytes_is_refused_unread() -> None:
    assert faults_of(b"a" * (MAX_FILE_BYTES + 1)) == [(1, "file")]


def test_xlsx_cells_keep_what_they_are() -> None:
    data = xlsx_of(
        ["用户名", "班级", "日期"],
        [1001, "三年级1班", dt.date(2024, 9, 2)],
        [1001.5, True, dt.time(8, 45)],
        ["  a ", 301, dt.datetime.combine(dt.date(2024, 9, 2), dt.time(8))],
    )

    assert [list(cells.values()) for _line, cells in read(data)] == [
        ["1001", "三年级1班", dt.date(2024, 9, 2)],
        ["1001.5", "true", dt.time(8, 45)],
        ["a", "301", dt.datetime.combine(dt.date(2024, 9, 2), dt.time(8))],
    ]


def test_xlsx_lines_are_those_of_the_sheet() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet["A1"], sheet["B1"] = "username", "class_groups"
    sheet["A5"], sheet["B5"] = "a", "1"
    sheet["C9"] = "beyond"

    assert faults_of(saved(workbook)) == [(9, "row")]


def test_xlsx_numbers_shown_with_zeros_in_front_keep_them() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(["username", "class_groups"])
    sheet.append([123, 1])
    sheet["A2"].number_format = "00000"

    assert read(saved(workbook))[0][1]["username"] == "00123"


def test_xlsx_formulas_count_by_their_stored_result() -> None:
    data = xlsx_of(["username", "class_groups"], ["a", "=1+1"])
    computed = with_part(data, SHEET, [_sheet_xml("<c r='B2'><f>1+1</f><v>2</v></c>")])

    assert faults_of(data) == [(2, "row")]
    assert read(computed)[0][1]["class_groups"] == "2"


def test_xlsx_error_cells_are_faults() -> None:
    data = xlsx_of(["username", "class_groups"], ["a", "1"])
    broken = with_part(data, SHEET, [_sheet_xml("<c r='B2' t='e'><v>#REF!</v></c>")])

    assert faults_of(broken) == [(2, "row")]


def test_xlsx_bomb_is_refused_by_what_it_declares() -> None:
    data = xlsx_of(["username", "class_groups"], ["a", "1"])
    bomb = with_part(data, SHEET, (b" " * 2**20 for _ in range(60)))

    assert len(bomb) < 200_000
    assert faults_of(bomb) == [(1, "file")]


def test_xlsx_bomb_is_refused_when_it_declares_less_than_it_holds() -> None:
    data = xlsx_of(["username", "class_groups"], ["a", "1"])
    bomb = bytearray(with_part(data, SHEET, (b" " * 2**20 for _ in range(60))))
    real, claimed = struct.pack("<I", 60 * 2**20), struct.pack("<I", 1000)

    assert faults_of(bytes(bomb.replace(real, claimed))) == [(1, "file")]


def test_xlsx_with_entities_is_refused() -> None:
    data = xlsx_of(["username", "class_groups"], ["a", "1"])
    entities = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'

    assert faults_of(with_part(data, SHEET, [entities])) == [(1, "file")]
    split = [b" " * (256 * 1024 - 4), entities]
    assert faults_of(with_part(data, SHEET, split)) == [(1, "file")]


def test_xlsx_that_is_cut_off_is_refused() -> None:
    data = xlsx_of(["username", "class_groups"], ["a", "1"])

    assert faults_of(data[: len(data) // 2]) == [(1, "file")]
    assert faults_of(with_part(data, SHEET, [b"<worksheet><sheetData><row"])) == [(1, "file")]


def test_xlsx_without_end_is_refused_soon() -> None:
    data = xlsx_of(["username", "class_groups"], ["a", "1"])
    far = with_part(data, SHEET, [_sheet_xml("<c r='B2'><v>1</v></c>", last_row=900_000_000)])

    assert faults_of(far) == [(200_001, "row")]


FAR_AWAY = {
    "row": ("<row r='1000000000'><c r='A1000000000'><v>1</v></c></row>", (200_001, "row")),
    "row of very many digits": (f"<row r='{'9' * 5000}'/>", (200_001, "row")),
    "row that is none": ("<row r='x'/>", (1, "file")),
    "row below zero": ("<row r='-5'><c><v>1</v></c></row>", (1, "row")),
    "rows in disorder": ("<row r='2'><c r='A2'><v>1</v></c></row>", (2, "row")),
    "column": ("<row r='3'><c r='XFD3'><v>1</v></c></row>", (3, "XFD")),
    "column beyond all sheets": ("<row r='3'><c r='ZZZZZZZ3'><v>1</v></c></row>", (3, "ZZZZZZZ")),
    "column of very many letters": (f"<row r='3'><c r='{'Z' * 5000}3'/></row>", (1, "file")),
    "columns without a name": (f"<row r='3'>{'<c/>' * 200}<c><v>1</v></c></row>", (3, "GS")),
    "cells of one row": (f"<row r='3'>{'<c/>' * 20_000}</row>", (3, "row")),
    "cells": (f"<row r='3'>{'<c/>' * 4_000_000}</row>", (1, "file")),
}


@pytest.mark.parametrize("kind", FAR_AWAY)
def test_xlsx_that_goes_too_far_is_refused_before_its_rows_are_made(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, fault = FAR_AWAY[kind]
    data = xlsx_of(["username", "class_groups"], ["a", "1"])
    far = with_part(data, SHEET, [_sheet_xml("", rows=rows)])
    monkeypatch.setattr("edu_platform.lib.spreadsheets.xlsx.MAX_RATIO", 10_000)
    monkeypatch.setattr(
        ReadOnlyWorksheet, "iter_rows", lambda *_args, **_options: pytest.fail("rows")
    )

    assert faults_of(far) == [fault]


def test_xlsx_is_surveyed_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "open_sheet", lambda *_arguments, **_options: pytest.fail("opened"))
    empty = f"<row>{'<c/>' * 16_000}</row>" * 26

    # Nothing stands in it: it has no columns.
    assert faults_of(_with_rows(empty)) == [(1, "class_groups"), (1, "username")]
    assert faults_of(_with_rows(f"{empty}<row><c><v>1</v></c></row>")) == [(27, "row")]


def test_xlsx_formats_below_the_last_value_do_not_count() -> None:
    data = xlsx_of(["username", "class_groups"], ["a", "1"])
    below = f"<row>{'<c/>' * 10_000}</row>" * 50

    rows = read(with_part(data, SHEET, [_sheet_xml("<c r='B2'><v>1</v></c>", rows=below)]))

    assert rows == [(2, {"username": "a", "class_groups": "1"})]


def test_xlsx_with_very_many_formats_of_cells_or_texts_is_refused_unread() -> None:
    data = xlsx_of(["username", "class_groups"], ["a", "1"])
    styles = f"<styleSheet {MAIN}><cellXfs>{'<xf/>' * 100_000}</cellXfs></styleSheet>"
    strings = f"<sst {MAIN}>{'<si/>' * 400_001}</sst>"

    assert faults_of(with_part(data, "xl/styles.xml", [styles.encode()])) == [(1, "file")]
    assert faults_of(_with_strings(data, strings)) == [(1, "file")]


@pytest.mark.parametrize("piece", ["<r><t>a</t></r>", "<rPh/>"])
def test_xlsx_with_a_text_of_very_many_pieces_is_refused_unread(piece: str) -> None:
    data = xlsx_of(["username", "class_groups"], ["a", "1"])

    assert faults_of(_with_strings(data, f"<sst {MAIN}><si>{piece * 50_001}</si></sst>")) == [
        (1, "file")
    ]
    cell = f"<c r='B2' t='inlineStr'><is>{piece * 50_001}</is></c>"
    assert faults_of(with_part(data, SHEET, [_sheet_xml(cell)])) == [(1, "file")]


def test_xlsx_in_which_many_cells_name_one_long_text_is_refused() -> None:
    long_text = f"<sst {MAIN}><si><t>{'a' * 900_000}</t></si></sst>"
    rows = "".join(
        f"<row r='{line}'><c r='B{line}' t='s'><v>0</v></c></row>" for line in range(3, 30)
    )
    data = with_part(xlsx_of(["username"]), SHEET, [_sheet_xml("", rows=rows)])

    assert faults_of(_with_strings(data, long_text)) == [(1, "file")]


def _with_rows(rows: str) -> bytes:
    sheet = f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"
    return with_part(xlsx_of(["username"]), SHEET, [sheet.encode()])


def _with_strings(data: bytes, strings: str) -> bytes:
    """The package with a table of texts, which openpyxl itself does not write."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    entry = f"<Override PartName='/{STRINGS}' ContentType='{kind}'/></Types>"
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        types = package.read("[Content_Types].xml").decode().replace("</Types>", entry)
    return with_part(
        with_part(data, "[Content_Types].xml", [types.encode()]), STRINGS, [strings.encode()]
    )


@pytest.mark.parametrize("kind", ["tag", "comment"])
def test_xlsx_tag_or_comment_without_end_is_refused_unread(kind: str) -> None:
    begin, end = {"tag": ("<x y='>", "'/>"), "comment": ("<!--<>", "-->")}[kind]
    data = xlsx_of(["username", "class_groups"], ["a", "1"])
    # Noise, or its packing would give it away.
    noise = random.Random(1).randbytes(2 * 2**20).hex()

    def with_token(length: int) -> bytes:
        rows = begin + noise[:length] + end
        return with_part(data, SHEET, [_sheet_xml("", rows=rows)])

    assert read(with_token(100_000)) == [(2, {"username": "a", "class_groups": ""})]
    assert faults_of(with_token(3 * 2**20)) == [(1, "file")]


@pytest.mark.parametrize("size", ["A1:XFD1048576", "A1:ZZZ99999999999", "A1"])
def test_xlsx_size_that_it_claims_does_not_count(size: str) -> None:
    data = xlsx_of(["username", "class_groups"], ["a", "1"])
    sheet = _sheet_xml("<c r='B2'><v>1</v></c>").replace(
        b"<sheetData>", f"<dimension ref='{size}'/><sheetData>".encode()
    )

    assert read(with_part(data, SHEET, [sheet])) == [(2, {"username": "a", "class_groups": "1"})]


def test_xlsx_empty_rows_cost_no_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = "".join(f"<row r='{line}'/>" for line in range(3, 20_003))
    last = "<row r='150000'><c r='A150000' t='inlineStr'><is><t>z</t></is></c></row>"
    data = xlsx_of(["username", "class_groups"], ["a", "1"])
    made: list[int] = []
    plain = xlsx_cells.plain

    def count(cell: Any, line: int) -> Any:
        made.append(line)
        return plain(cell, line)

    monkeypatch.setattr(xlsx, "plain", count)

    rows = read(with_part(data, SHEET, [_sheet_xml("", rows=empty + last)]))

    assert [line for line, _cells in rows] == [2, 150_000]
    assert set(made) == {1, 2, 150_000}


def _sheet_xml(cell: str, *, last_row: int = 0, rows: str = "") -> bytes:
    text = io.StringIO()
    text.write("<worksheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>")
    text.write("<sheetData><row r='1'>")
    for column, heading in (("A1", "username"), ("B1", "class_groups")):
        text.write(f"<c r='{column}' t='inlineStr'><is><t>{heading}</t></is></c>")
    text.write(f"</row><row r='2'><c r='A2' t='inlineStr'><is><t>a</t></is></c>{cell}</row>")
    text.write(f"<row r='{last_row}'/>" if last_row else rows)
    text.write("</sheetData></worksheet>")
    return text.getvalue().encode()


def test_xlsx_whose_directory_points_outside_is_refused() -> None:
    data = bytearray(xlsx_of(["username", "class_groups"], ["a", "1"]))
    end = data.rindex(b"PK\x05\x06")
    data[end + 12 : end + 20] = struct.pack("<II", 60_000, 0)  # size and place of the directory

    assert faults_of(bytes(data)) == [(1, "file")]


def test_head_of_very_many_columns_is_told_soon() -> None:
    assert len(faults_of(b"x," * 1_000_000)) <= 202
