"""The cells of an XLSX: their values as people read them, and those that hold no value."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.rows import WHOLE_ROW, Cell, SheetFault, SheetRefused

SECONDS_A_DAY = 24 * 3600
ZERO_PADDED = re.compile(r"0+")


def require_computed(line: int, cells: tuple[Any, ...], formulas: tuple[Any, ...]) -> None:
    """Refuse formulas without a stored result: they would read as empty cells."""
    for cell, formula in zip(cells, formulas, strict=False):
        if formula.data_type == "f" and cell.value is None:
            reason = gettext("a formula without a result: open and save the file in Excel first")
            raise SheetRefused([SheetFault(line, WHOLE_ROW, reason)])


def plain(cell: Any, line: int) -> Cell:
    """The cell's value without what only spreadsheets tell apart, such as 1001 and 1001.0."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        reason = gettext("a cell holds the error %(error)s") % {"error": value}
        raise SheetRefused([SheetFault(line, WHOLE_ROW, reason)])
    if isinstance(value, dt.datetime):
        return _to_second(value)
    if isinstance(value, dt.timedelta):
        return _time_of(value)
    if isinstance(value, dt.date | dt.time):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _digits(value, str(cell.number_format))
    return str(value)


def _to_second(value: dt.datetime) -> dt.date | dt.datetime:
    """Undo the rounding of days kept as fractions; midnight is a plain date."""
    moment = (value + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
    return moment.date() if moment.time() == dt.time() else moment


def _time_of(value: dt.timedelta) -> Cell:
    seconds = round(value.total_seconds())
    if not 0 <= seconds < SECONDS_A_DAY:
        return str(value)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return dt.time(hour, minute, second)


def _digits(value: float, number_format: str) -> str:
    if not float(value).is_integer():
        return format(value, ".15g")
    digits = str(int(value))
    # 00123 is often a number that only looks like that.
    return digits.zfill(len(number_format)) if ZERO_PADDED.fullmatch(number_format) else digits
