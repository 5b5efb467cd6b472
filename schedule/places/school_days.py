"""The days of a week as places need them: where lessons may start, and which days are off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from django.utils import timezone

from schedule.enums import DayKind
from schedule.models import ClassGroup
from schedule.terms.bells.bell_lists import members_of
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.reading import TermWeek, lists_of, term_week_of
from schedule.week_grid import FIRST_HOUR, LAST_HOUR

# Without bell times a lesson may start at each full and half hour between the first and the last hour of a week.
STEP_MIN = 30


class Start(NamedTuple):
    """A time of day at which a lesson may start."""

    starts: dt.time
    # The period that starts then has it; None where there are no bell times.
    number: int | None = None
    # That period ends then.
    ends: dt.time | None = None


def starts_of(spans: Collection[BellSpan]) -> list[Start]:
    """Return the starts of these periods; without any, each full and half hour."""
    if spans:
        return [Start(span.starts, number, span.ends) for number, span in enumerate(spans, start=1)]
    minutes = range(FIRST_HOUR * 60, LAST_HOUR * 60 + 1, STEP_MIN)
    return [Start(dt.time(*divmod(minute, 60))) for minute in minutes]


class SchoolDays:
    """The days of a week, which lies in one term or in none; one query."""

    def __init__(self, monday: dt.date) -> None:
        self.monday = monday
        self.of_term: TermWeek | None = term_week_of(monday)
        days = self.of_term.days if self.of_term is not None else ()
        self._holidays = {day.date for day in days if day.kind == DayKind.HOLIDAY}

    @property
    def term(self) -> str:
        """Return the name of the term, of which there is one only; empty outside terms."""
        return "" if self.of_term is None else self.of_term.name

    def starts_on(self, day: dt.date, class_groups: Collection[ClassGroup]) -> list[Start]:
        """Return when a lesson of these class groups may start on this day; by the default where their lists differ."""
        bell_lists = lists_of(self.of_term)
        bells = bell_lists.for_lesson(class_groups, day) or bell_lists.default
        return starts_of(bells.spans)

    def is_off(
        self,
        day: dt.date,
        class_groups: Collection[ClassGroup],
        starts_at: dt.datetime,
        ends_at: dt.datetime,
    ) -> bool:
        """Tell whether a lesson of these class groups that starts on this day falls on a day off."""
        if day in self._holidays:
            return True
        if self.of_term is None or not self.of_term.days_off.on(day):
            return False
        members = members_of(class_groups)
        hours = _hours_of(starts_at, ends_at)
        return bool(self.of_term.days_off.is_off(members, day, hours, self.of_term.bell_lists))


def _hours_of(starts_at: dt.datetime, ends_at: dt.datetime) -> BellSpan:
    """Return the hours of a lesson on the day on which it starts."""
    starts, ends = timezone.localtime(starts_at), timezone.localtime(ends_at)
    return BellSpan(starts.time(), ends.time() if ends.date() == starts.date() else dt.time.max)
