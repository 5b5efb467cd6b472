"""Days of a term as forms ask for them."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.utils.translation import gettext

from edu_platform.lib.form_groups import GroupedForm
from schedule.lessons.fields import readable
from schedule.lessons.moments import read_date
from schedule.models import Term


class DaysOfTermForm(GroupedForm):
    """A form that asks from which day of a term to which one; what is not required may be empty."""

    term: Term

    def clean_first_day(self) -> dt.date | None:
        return self._day("first_day")

    def clean_last_day(self) -> dt.date | None:
        return self._day("last_day")

    def _day(self, name: str) -> dt.date | None:
        text = self.cleaned_data[name]
        return day_of_term(text, self.term) if text else None


def day_of_term(text: str, term: Term) -> dt.date:
    """Read a day that lies in the term.

    Raises:
        ValidationError: it is no day, or lies outside.
    """
    day = readable(text, read_date)
    if not term.holds(day):
        raise forms.ValidationError(outside_in_words(term))
    return day


def outside_in_words(term: Term) -> str:
    days = {"first": term.first_monday, "last": term.last_day}
    return gettext("The term lasts from %(first)s to %(last)s.") % days
