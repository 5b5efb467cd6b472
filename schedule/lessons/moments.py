"""Days and hours as schools write them, in the school's time."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

from django.utils import timezone
from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.rows import Cell
from schedule.models import LESSON_YEARS
from schedule.week_grid import DAYS_A_WEEK

DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?", re.ASCII)
CHINESE_DAYS = "一二三四五六日"
ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAY_WORDS = {
    **{
        f"{before}{day}": number
        for before in ("", "周", "星期", "礼拜")
        for number, chinese in enumerate(CHINESE_DAYS, start=1)
        for day in (chinese, str(number))
    },
    **dict.fromkeys(("天", "周天", "星期天", "礼拜天"), DAYS_A_WEEK),
    **{
        day: number
        for number, name in enumerate(ENGLISH_DAYS, start=1)
        for day in (name, name[:3], f"{name[:3]}.")
    },
}


class NotReadable(Exception):
    """The cell is no day, hour or moment; the text of the exception says what is expected."""


def read_date(cell: Cell) -> dt.date:
    """A date cell, or text such as 2024-09-02 and 2024/9/2."""
    if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime):
        day = cell
    else:
        match = DATE.fullmatch(_plain(cell))
        try:
            day = dt.date(*(int(match[part]) for part in (1, 3, 4))) if match else dt.date.min
        except ValueError:
            day = dt.date.min
    if day.year not in LESSON_YEARS:
        raise NotReadable(gettext("not a date such as 2024-09-02"))
    return day


def read_time(cell: Cell) -> dt.time:
    """A time cell, or text such as 8:00 and 08:00."""
    if isinstance(cell, dt.time):
        return cell.replace(second=0, microsecond=0)
    match = TIME.fullmatch(_plain(cell))
    if match and int(match[1]) < 24 and int(match[2]) < 60:
        return dt.time(int(match[1]), int(match[2]))
    raise NotReadable(gettext("not a time such as 08:00"))


def read_weekday(text: str) -> int:
    """1 for Monday, from 1 to 7, 周一, 星期一, 一, Monday or Mon."""
    plain = _plain(text).lower()
    if plain not in WEEKDAY_WORDS:
        raise NotReadable(gettext("not a weekday such as 1 to 7, 周一 or Monday"))
    return WEEKDAY_WORDS[plain]


def in_school_time(day: dt.date, time: dt.time) -> dt.datetime:
    """Return that moment in the school's time zone; where clocks change, some are missing or ambiguous."""
    zone = timezone.get_default_timezone()
    first = dt.datetime.combine(day, time, zone)
    second = first.replace(fold=1)
    if first.utcoffset() == second.utcoffset():
        return first
    if first.astimezone(dt.UTC).astimezone(zone).time() != time:
        raise NotReadable(gettext("this time is skipped when the clocks go forward"))
    raise NotReadable(gettext("this time is there twice when the clocks go back"))


def _plain(cell: Cell) -> str:
    """Text in ASCII digits and marks; nothing for cells of another kind."""
    return unicodedata.normalize("NFKC", cell).strip() if isinstance(cell, str) else ""
