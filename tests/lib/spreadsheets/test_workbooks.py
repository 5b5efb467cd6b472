"""Workbooks that are written row by row."""

from __future__ import annotations

import gc

import pytest
from openpyxl.worksheet import _writer

from edu_platform.lib.spreadsheets.workbooks import filling, new_write_only_workbook


class StoppedError(Exception):
    pass


def test_one_that_is_broken_off_leaves_no_file_and_no_error_behind():
    """As long work that is stopped while it fills a sheet; what is left open says so later, wherever that is."""
    before = list(_writer.ALL_TEMP_FILES)
    workbook = new_write_only_workbook()
    sheet = workbook.create_sheet()
    workbook.create_sheet()  # the next one, of which nothing is written yet

    sheet.append(["语文课"])
    with pytest.raises(StoppedError), filling(workbook):
        raise StoppedError
    del workbook, sheet
    gc.collect()

    assert before == _writer.ALL_TEMP_FILES
