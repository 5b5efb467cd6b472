"""The grid of a week: its days in the school's time zone, their lunar labels, and the hours shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from functools import lru_cache
from typing import Protocol

from borax.calendars.lunardate import LunarDate
from django.utils import timezone

from edu_platform.lib.formatting import is_chinese
from edu_platform.lib.moments import weekday_label

DAY = dt.timedelta(days=1)
DAYS_A_WEEK = 7
# Hours always shown; earlier and later ones are added where needed.
FIRST_HOUR = 8
LAST_HOUR = 18
# What the lunar tables cover.
FIRST_LUNAR_DAY = dt.date(1900, 1, 31)
LAST_LUNAR_DAY = dt.date(2100, 12, 31)


def within_calendar(day: dt.date | None) -> dt.date | None:
    """Return the day, moved into the years that the calendar knows: nothing lies outside."""
    return None if day is None else min(max(day, FIRST_LUNAR_DAY), LAST_LUNAR_DAY)


def is_known_day(day: dt.date) -> bool:
    """Tell whether the calendar has this day."""
    return FIRST_LUNAR_DAY <= day <= LAST_LUNAR_DAY


def lunar_label(day: dt.date) -> str:
    """Return the lunar label of a day for readers of Chinese; the others get none."""
    return lunar_day(day) if is_chinese() else ""


@lru_cache(maxsize=1024)
def lunar_day(day: dt.date) -> str:
    """Return the lunar day (廿九), or the month's name (十月) on its first day; nothing outside 1900-2100."""
    if not is_known_day(day):
        return ""
    return str(LunarDate.from_solar(day).cn_day_calendar)


class Dated(Protocol):
    @property
    def date(self) -> dt.date: ...


class DayLabels:
    """Label a day, or what lies on one; for classes with a `date`."""

    __slots__ = ()

    @property
    def weekday(self: Dated) -> str:
        return weekday_label(self.date)

    @property
    def lunar(self: Dated) -> str:
        return lunar_label(self.date)


def monday_of(day: dt.date) -> dt.date:
    return day - day.weekday() * DAY


def sunday_of(monday: dt.date) -> dt.date:
    return monday + (DAYS_A_WEEK - 1) * DAY


def dates_of_week(monday: dt.date) -> list[dt.date]:
    return [monday + number * DAY for number in range(DAYS_A_WEEK)]


def week_number(day: dt.date, *, first_monday: dt.date) -> int:
    """Return which week from that Monday on holds the day; the first one is 1, the one before it 0."""
    return (day - first_monday).days // DAYS_A_WEEK + 1


def start_of_day(day: dt.date) -> dt.datetime:
    """Return midnight in the school's time zone."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def period_of_days(first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Return the beginning of the first day and the end of the last one, which does not belong to it."""
    return start_of_day(first), start_of_day(last + DAY)


def period_of_week(monday: dt.date) -> tuple[dt.datetime, dt.datetime]:
    return period_of_days(monday, sunday_of(monday))


def hours_shown(hours: Collection[int]) -> range:
    """Return the rows of a week whose lessons start in these hours."""
    return range(min({*hours, FIRST_HOUR}), max({*hours, LAST_HOUR}) + 1)


class DayConverter:
    """A day in an address, as 2024-09-02, inside the years that the calendar knows."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> dt.date:
        day = dt.date.fromisoformat(value)  # a ValueError makes the address unknown
        if not is_known_day(day):
            raise ValueError(value)
        return day

    def to_url(self, value: dt.date) -> str:
        return value.isoformat()
