"""The days of a term: which weekday's plan each takes, and in which week it lies."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from schedule.enums import DayKind
from schedule.models import Term, TermDay
from schedule.terms.days.days_off import NO_DAYS_OFF, DaysOff, PartOff, days_off_of
from schedule.terms.weekly_lessons.week_ranges import Weeks
from schedule.week_grid import DAYS_A_WEEK, week_number


@dataclass(frozen=True, slots=True)
class TermDate:
    """A day of a term: its week, counted from 1, and whose weekday's plan it takes (1 is Monday)."""

    date: dt.date
    week: int
    # None on a holiday.
    plan_weekday: int | None
    # The school's calendar calls it so; empty for a usual day.
    name: str = ""

    @property
    def is_odd(self) -> bool:
        return self.week % 2 == 1

    @property
    def makes_up_for(self) -> int | None:
        """Return the weekday whose plan it takes in place of its own; None on a usual day."""
        own = self.date.isoweekday()
        return None if self.plan_weekday in (None, own) else self.plan_weekday


@dataclass(frozen=True)
class TermCalendar:
    """The days of one term. Odd and even weeks follow from its first Monday alone."""

    first_monday: dt.date
    weeks: int
    days: Mapping[dt.date, TermDay]
    # Half days, and days off for some class groups.
    days_off: DaysOff = NO_DAYS_OFF

    def at(self, date: dt.date) -> TermDate:
        """Return a day; one outside the term has a week below 1 or above its last."""
        week = week_number(date, first_monday=self.first_monday)
        day = self.days.get(date)
        if day is None:
            return TermDate(date, week, date.isoweekday())
        if day.kind == DayKind.HOLIDAY:
            return TermDate(date, week, None, day.name)
        return TermDate(date, week, day.plan_weekday or date.isoweekday(), day.name)

    def with_days(self, days: Iterable[TermDay]) -> TermCalendar:
        """Return the calendar as it is once these days say so."""
        return replace(self, days={**self.days, **{day.date: day for day in days}})

    def without_days(self, first: dt.date, last: dt.date) -> TermCalendar:
        """Return the calendar as it is once nothing is said of these days."""
        days = {date: day for date, day in self.days.items() if not first <= date <= last}
        return replace(self, days=days)

    def with_part(self, part: PartOff) -> TermCalendar:
        """Return the calendar as it is once this part of days off stands in it."""
        return replace(self, days_off=self.days_off.with_part(part))

    def dates(self) -> Iterator[TermDate]:
        """Yield all days of the term, in order."""
        for number in range(self.weeks * DAYS_A_WEEK):
            yield self.at(self.first_monday + dt.timedelta(days=number))

    @cached_property
    def _by_plan(self) -> dict[int | None, list[TermDate]]:
        """Return the days by the weekday whose plan they take, so that thousands of weekly lessons count them once."""
        dates_by_weekday: dict[int | None, list[TermDate]] = defaultdict(list)
        for term_date in self.dates():
            dates_by_weekday[term_date.plan_weekday].append(term_date)
        return dates_by_weekday

    def dates_of(self, weekday: int, weeks: Weeks) -> list[TermDate]:
        """Return the days that take this weekday's plan, in these weeks; one that makes up counts in its own week."""
        return [term_date for term_date in self._by_plan[weekday] if weeks.has(term_date.week)]

    def holidays_of(self, weekday: int, weeks: Weeks) -> list[TermDate]:
        """Return the days on which this plan is left out, since they are holidays."""
        return [
            term_date
            for term_date in self._by_plan[None]
            if term_date.date.isoweekday() == weekday and weeks.has(term_date.week)
        ]


def dates_to(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """Yield the days of a range, both included."""
    for number in range((last - first).days + 1):
        yield first + dt.timedelta(days=number)


def days_of(term: Term, weekday: int, weeks: Weeks) -> Iterator[dt.date]:
    """Yield the days of this weekday in these weeks of a term, whatever its calendar says of them."""
    for week in weeks.among(term.weeks):
        yield term.first_monday + dt.timedelta(days=(week - 1) * DAYS_A_WEEK + weekday - 1)


def calendar_of(term: Term) -> TermCalendar:
    """Return the term's calendar as it is now; two queries, or one when `days` were read with it."""
    days = {day.date: day for day in term.days.all()}
    return TermCalendar(term.first_monday, term.weeks, days, days_off_of(term))
