"""Offer planners the places of a week in which nothing is planned: a lesson is begun there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape

from django.utils import timezone
from django.utils.translation import gettext as _

from schedule.timetable.week_days import Day
from schedule.timetable.week_rows import RowKind, WeekRow, minute_of

# Before and after its time, of each day.
EMPTY_PLACE = (
    """<a class="empty-place" href="{}&amp;date={}&amp;start=""",
    """" aria-label="{} {} """,
)
MINUTES_A_DAY = 24 * 60


class EmptyPlaces:
    """The places without lessons, in the week of a chosen teacher or class group: links to a new one."""

    def __init__(self, address: str, days: Sequence[Day], now: dt.datetime) -> None:
        before, after = EMPTY_PLACE
        label = escape(_("New lesson"))
        escaped_address = escape(address)
        local = timezone.localtime(now)
        today, minute = local.date(), minute_of(local)
        # Each day has what stands around the time, and the last minute that is over.
        self._columns = [
            (
                before.format(escaped_address, day.date),
                after.format(label, escape(day.weekday)),
                MINUTES_A_DAY if day.date < today else minute if day.date == today else -1,
            )
            for day in days
        ]

    def in_row(self, row: WeekRow) -> list[str]:
        """The links of a row, one a day; an empty text where nothing begins any more, or ever."""
        if row.kind not in (RowKind.HOUR, RowKind.PERIOD):
            return [""] * len(self._columns)
        times = row.start_text
        if row.kind is RowKind.PERIOD:
            times += f"&amp;end={row.end_text}"
        head = escape(row.head)
        return [
            f'{before}{times}{after}{head}"></a>' if row.starts > last_minute else ""
            for before, after, last_minute in self._columns
        ]
