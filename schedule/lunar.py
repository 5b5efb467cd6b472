"""The lunar days that stand beside the others in the timetable."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from borax.calendars.lunardate import LunarDate

# What the lunar tables cover.
FIRST_LUNAR_DAY = dt.date(1900, 1, 31)
LAST_LUNAR_DAY = dt.date(2100, 12, 31)


@lru_cache(maxsize=1024)
def lunar_label(day: dt.date) -> str:
    """The lunar day (廿九), or the month's name (十月) on its first day; empty outside 1900-2100."""
    if not FIRST_LUNAR_DAY <= day <= LAST_LUNAR_DAY:
        return ""
    return str(LunarDate.from_solar(day).cn_day_calendar)
