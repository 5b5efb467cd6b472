"""The empty places of a timetable, at which planners begin a new lesson."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.utils import timezone

from schedule.timetable.week_days import Day
from schedule.timetable.week_rows import RowKind, WeekRow


class EmptyPlace(NamedTuple):
    """A time at which somebody has no lesson, in the school's zone."""

    day: dt.date
    start: dt.time
    # None: a new lesson lasts there as long as usual.
    end: dt.time | None
    # Day and time in words.
    label: str

    def lies_ahead(self, local_now: dt.datetime) -> bool:
        """Tell whether a lesson may still begin there; takes the present moment in the school's zone."""
        return (self.day, self.start) > (local_now.date(), local_now.time())


class EmptyPlaces:
    """The places in the week of a chosen teacher or class group, whose new lessons begin at an address."""

    def __init__(self, address: str, days: Sequence[Day], now: dt.datetime) -> None:
        self.address = address
        self._days = [(day.date, day.weekday) for day in days]
        self._local_now = timezone.localtime(now)

    def in_row(self, row: WeekRow) -> list[EmptyPlace | None]:
        """Return the places of a row, one a day; None where nothing begins any more, or ever."""
        if row.kind not in (RowKind.HOUR, RowKind.PERIOD):
            return [None] * len(self._days)
        start = _time_at(row.starts)
        # Periods of several lists that begin then may end at different times.
        has_end = row.kind is RowKind.PERIOD and row.times != row.start_text
        end = _time_at(row.ends) if has_end else None
        head = row.head
        places = (EmptyPlace(day, start, end, f"{weekday} {head}") for day, weekday in self._days)
        return [place if place.lies_ahead(self._local_now) else None for place in places]


def _time_at(minute: int) -> dt.time:
    return dt.time(*divmod(minute, 60))
