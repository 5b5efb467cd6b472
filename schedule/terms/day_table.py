"""The calendar of a term week by week, and terms whose calendar lacks a year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from edu_platform.lib.statements import Statement
from schedule.enums import DayKind, DaySource
from schedule.hooks import NotInOrder, Remedy
from schedule.models import Term, TermDay
from schedule.terms.national_calendar import name_in_words, unpublished_years
from schedule.week_grid import DAYS_A_WEEK, WEEKDAYS, lunar_label, start_of_day, weekday_label

# How long before a term planners are to look after a year that is not published yet.
LOOKED_AFTER_BEFORE = dt.timedelta(days=60)


# --- The page -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CalendarDay:
    date: dt.date
    # None: as its weekday says.
    day: TermDay | None
    is_today: bool = False

    @property
    def weekday(self) -> str:
        return weekday_label(self.date)

    @property
    def lunar(self) -> str:
        return lunar_label(self.date)

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
    """A day of the school's calendar in a word or two."""
    if plan_weekday is None:
        return str(DayKind(kind).label)
    return pgettext("school day", "for %(label)s") % {"label": WEEKDAYS[plan_weekday - 1]}


def calendar_weeks(term: Term, *, today: dt.date) -> list[CalendarWeek]:
    """All weeks of a term; one query."""
    days_by_date = {day.date: day for day in term.days.all()}
    weeks = []
    for number in range(1, term.weeks + 1):
        monday = term.first_monday + dt.timedelta(weeks=number - 1)
        dates = [monday + dt.timedelta(days=after) for after in range(DAYS_A_WEEK)]
        days = [CalendarDay(date, days_by_date.get(date), date == today) for date in dates]
        weeks.append(CalendarWeek(number, days))
    return weeks


# --- What is not in order -------------------------------------------------------------------------

_LOOKED_AFTER = Statement(
    lambda today, until: Term.objects.filter(last_day__gte=today, first_monday__lte=until).order_by(
        "first_monday"
    )
)


def terms_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Terms that run or begin soon and have a year whose holidays are neither published nor entered by hand."""
    today = timezone.localdate(at)
    terms = _LOOKED_AFTER.rows(today=today, until=today + LOOKED_AFTER_BEFORE)
    lacking = [
        (term, year)
        for term in terms
        for year in unpublished_years(max(term.first_monday, today), term.last_day)
    ]
    if not lacking:
        return
    rows = TermDay.objects.filter(term__in=terms, source=DaySource.HAND)
    entered = {(term_id, date.year) for term_id, date in rows.values_list("term", "date")}
    for term, year in lacking:
        if (term.pk, year) not in entered:
            sentence = _("%(term)s: the school calendar has no holidays of %(year)s yet.")
            address = reverse("schedule:term_days", args=[term.code])
            yield NotInOrder(
                sentence % {"term": term.name, "year": year},
                address,
                _missing_since(term, year),
                remedy=Remedy(pgettext("not in order", "Enter its holidays"), address),
            )


def _missing_since(term: Term, year: int) -> dt.datetime:
    """Return since when planners are to look after it: the beginning of the first day."""
    begins = max(term.first_monday, dt.date(year, 1, 1))
    return max(start_of_day(begins - LOOKED_AFTER_BEFORE), term.created_at)
