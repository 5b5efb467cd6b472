"""The period whose usage is counted: a term or a year, month by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from schedule.hours.months import MONTHS_A_YEAR, Month
from schedule.models import LESSON_YEARS, Lesson, Term
from schedule.week_grid import period_of_days


@dataclass(frozen=True, slots=True)
class MonthOfPeriod:
    """A month, or as much of it as lies in the period."""

    month: Month
    starts_at: dt.datetime
    ends_at: dt.datetime

    @property
    def anchor(self) -> str:
        return f"month-{self.month}"


@dataclass(frozen=True, slots=True)
class Period:
    # As the address says it: a year, or the code of a term.
    key: str
    name: str
    first: dt.date
    last: dt.date

    @property
    def starts_at(self) -> dt.datetime:
        return period_of_days(self.first, self.last)[0]

    @property
    def ends_at(self) -> dt.datetime:
        return period_of_days(self.first, self.last)[1]

    @property
    def months(self) -> list[MonthOfPeriod]:
        """In order; a term may begin and end within one."""
        found: list[MonthOfPeriod] = []
        month: Month | None = Month.holding(self.first)
        while month is not None and month.first_day <= self.last:
            starts_at = max(month.starts_at, self.starts_at)
            ends_at = min(month.ends_at, self.ends_at)
            found.append(MonthOfPeriod(month, starts_at, ends_at))
            month = month.next
        return found


def _of_year(year: int) -> Period:
    first, last = dt.date(year, 1, 1), dt.date(year, MONTHS_A_YEAR, 31)
    return Period(str(year), _("Year %(year)s") % {"year": year}, first, last)


def _of_term(term: Term) -> Period:
    return Period(term.code, term.name, term.first_monday, term.last_day)


def periods(today: dt.date) -> list[Period]:
    """Return the periods to choose: terms that have begun, latest first, then years with lessons; two queries."""
    terms = Term.objects.filter(first_monday__lte=today).order_by("-first_monday")
    first = Lesson.objects.order_by("starts_at").values_list("starts_at", flat=True).first()
    first_year = today.year if first is None else timezone.localdate(first).year
    years = range(today.year, max(min(first_year, today.year), LESSON_YEARS[0]) - 1, -1)
    return [*map(_of_term, terms), *map(_of_year, years)]


class PeriodForm(forms.Form):
    """Asks for a period; whatever cannot be chosen counts as the usual one."""

    period = forms.ChoiceField(label=gettext_lazy("Term or year"), required=False)

    def __init__(self, address: Mapping[str, object], *, today: dt.date) -> None:
        offered = periods(today)
        self._offered = {each.key: each for each in offered}
        # The term that runs, else the year.
        runs = (each for each in offered if each.first <= today <= each.last)
        self._usual = next(runs)
        super().__init__(address, initial={"period": self._usual.key})
        self.fields["period"].choices = [  # type: ignore[attr-defined] # it is a choice
            (each.key, each.name) for each in offered
        ]

    def chosen(self) -> Period:
        key = self.cleaned_data.get("period", "") if self.is_valid() else ""
        return self._offered.get(key, self._usual)
