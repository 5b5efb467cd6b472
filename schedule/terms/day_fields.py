"""Days of a term as forms ask for them."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.utils.translation import gettext

from schedule.lessons.fields import readable
from schedule.lessons.moments import read_date
from schedule.models import Term


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
