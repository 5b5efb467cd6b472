"""The periods of a day, as forms of lessons offer them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from schedule.hooks import DayPeriod
from schedule.models import ClassGroup
from schedule.places.school_days import SchoolDays
from schedule.terms.words import periods_in_words, time_in_words
from schedule.week_grid import monday_of


def periods_of_day(day: dt.date, class_groups: Collection[ClassGroup]) -> list[DayPeriod]:
    """Return the periods that hold for these class groups on this day; one query."""
    return [
        DayPeriod(
            start.number,
            start.starts,
            start.ends,
            f"{periods_in_words(start.number, start.number)} {time_in_words(start.starts, start.ends)}",
        )
        for start in SchoolDays(monday_of(day)).starts_on(day, class_groups)
        if start.number is not None and start.ends is not None
    ]
