"""The places of a week in which nothing is planned, as links to a new lesson."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape

from django.utils import timezone
from django.utils.translation import gettext as _

from schedule.timetable.weeks import Day

# Where a planner begins a lesson: before and after its hour, of each day.
EMPTY_PLACE = (
    """<td><a class="empty-place" href="{}&amp;date={}&amp;start=""",
    """:00" aria-label="{} {} """,
)
HOURS = 24


class EmptyPlaces:
    """The places of hours without lessons, in the week of a chosen teacher or class group: links to a new one."""

    def __init__(self, address: str, days: Sequence[Day], now: dt.datetime) -> None:
        before, after = EMPTY_PLACE
        label = escape(_("New lesson"))
        shown = escape(address)
        local = timezone.localtime(now)
        today, hour = local.date(), local.hour
        # Each day has what stands around the hour, and the first hour that lies ahead.
        self.columns = [
            (
                before.format(shown, day.date),
                after.format(label, escape(day.weekday)),
                HOURS if day.date < today else hour + 1 if day.date == today else 0,
            )
            for day in days
        ]
