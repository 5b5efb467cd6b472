"""The calendar of a term, week by week."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import pgettext

from edu_platform.lib.moments import WEEKDAYS
from schedule.enums import DayKind, DaySource
from schedule.models import Term, TermDay
from schedule.terms.days.calendar import TermCalendar, calendar_of
from schedule.terms.days.calendar_words import off_periods_in_words
from schedule.terms.days.national_calendar import name_in_words
from schedule.week_grid import DayLabels, dates_of_week

# So many parts of days off stand in the cell of a day.
PARTS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class CalendarDay(DayLabels):
    date: dt.date
    # None: as its weekday says.
    day: TermDay | None
    is_today: bool = False
    # Half days, and days off of some class groups, in words.
    parts: tuple[str, ...] = ()

    @property
    def is_holiday(self) -> bool:
        return self.day is not None and self.day.kind == DayKind.HOLIDAY

    @property
    def is_school_day(self) -> bool:
        return self.day is not None and self.day.kind == DayKind.WORKDAY

    @property
    def name(self) -> str:
        return "" if self.day is None else name_in_words(self.day.name)

    @property
    def text(self) -> str:
        """Return what the day is; empty for one that is as its weekday says."""
        if self.day is None:
            return ""
        return day_text(self.day.kind, self.day.plan_weekday)

    @property
    def is_proposal(self) -> bool:
        """Return whether nobody has said yet that it takes this weekday's plan."""
        return (
            self.day is not None
            and self.day.plan_weekday is not None
            and self.day.source == DaySource.CALENDAR
        )


@dataclass(frozen=True, slots=True)
class CalendarWeek:
    number: int
    days: list[CalendarDay]

    @property
    def is_odd(self) -> bool:
        return self.number % 2 == 1


def day_text(kind: str, plan_weekday: int | None) -> str:
    """Say a day of the school's calendar in a word or two."""
    if plan_weekday is None:
        return str(DayKind(kind).label)
    return pgettext("school day", "for %(label)s") % {"label": WEEKDAYS[plan_weekday - 1]}


def _parts_on(calendar: TermCalendar, date: dt.date) -> tuple[str, ...]:
    """Return the parts of a day off in a word or two, the first of many."""
    parts = calendar.days_off.on(date)
    words = [
        " · ".join(
            filter(None, [off_periods_in_words(part.from_bell, part.until_bell), part.label])
        )
        for part in parts[:PARTS_SHOWN]
    ]
    return (*words, *(["…"] if len(parts) > PARTS_SHOWN else []))


def calendar_weeks(term: Term, *, today: dt.date) -> list[CalendarWeek]:
    """Return all weeks of a term; two queries."""
    calendar = calendar_of(term)
    weeks = []
    for number in range(1, term.weeks + 1):
        monday = term.first_monday + dt.timedelta(weeks=number - 1)
        days = [
            CalendarDay(date, calendar.days.get(date), date == today, _parts_on(calendar, date))
            for date in dates_of_week(monday)
        ]
        weeks.append(CalendarWeek(number, days))
    return weeks
