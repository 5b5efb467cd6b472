"""The days that the page of class starts covers, how it groups them, and by what its rows are sorted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django import forms
from django.utils.translation import gettext_lazy as _

from attendance.overviews.spans import WEEKS_WITHOUT_TERM
from edu_platform.lib.day_field import DayField
from schedule.week_grid import DAY, is_known_day, period_of_days

USUAL_DAYS = 30
# As long as the longest usual term.
MOST_DAYS = WEEKS_WITHOUT_TERM * 7
# Reserved words in Python.
NAMES_IN_REQUESTS = {"first_day": "from", "last_day": "to"}


class By(StrEnum):
    TEACHER = "teacher"
    COURSE = "course"


class Sort(StrEnum):
    NAME = "name"
    HELD = "held"
    LATE = "late"
    MEAN = "mean"
    WORST = "worst"
    ALARMS = "alarms"


@dataclass(frozen=True, slots=True)
class Choice:
    """Holds what an address asks for."""

    first_day: dt.date
    last_day: dt.date
    by: By = By.TEACHER
    sort: Sort = Sort.NAME
    # The days that were asked for were more than are shown at once.
    is_cut: bool = False

    @property
    def period(self) -> tuple[dt.datetime, dt.datetime]:
        return period_of_days(self.first_day, self.last_day)

    @property
    def days_query(self) -> dict[str, str]:
        return {"from": self.first_day.isoformat(), "to": self.last_day.isoformat()}


class ChoiceForm(forms.Form):
    first_day = DayField(label=_("From (day)"), required=False)
    last_day = DayField(label=_("To (day)"), required=False)

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix(NAMES_IN_REQUESTS.get(field_name, field_name))


def choice_in(query: Mapping[str, str], *, today: dt.date) -> Choice:
    """Return the choice of an address; what is malformed or missing counts as the last 30 days."""
    form = ChoiceForm(query)
    form.is_valid()
    days = [form.cleaned_data.get(name) for name in ("first_day", "last_day")]
    first, last = (day if day is not None and is_known_day(day) else None for day in days)
    last = last or (first + (USUAL_DAYS - 1) * DAY if first else today)
    first = first or last - (USUAL_DAYS - 1) * DAY
    if first > last:
        first, last = last, first
    earliest = last - (MOST_DAYS - 1) * DAY
    return Choice(
        first_day=max(first, earliest),
        last_day=last,
        by=By.COURSE if query.get("by") == By.COURSE else By.TEACHER,
        sort=next((sort for sort in Sort if sort == query.get("sort")), Sort.NAME),
        is_cut=first < earliest,
    )
