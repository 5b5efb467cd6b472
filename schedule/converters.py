from __future__ import annotations

import datetime as dt

from schedule.lunar import FIRST_LUNAR_DAY, LAST_LUNAR_DAY


class DayConverter:
    """A day in an address, as 2024-09-02, inside the years that the calendar knows."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> dt.date:
        day = dt.date.fromisoformat(value)  # a ValueError makes the address unknown
        if not FIRST_LUNAR_DAY <= day <= LAST_LUNAR_DAY:
            raise ValueError(value)
        return day

    def to_url(self, value: dt.date) -> str:
        return value.isoformat()
