"""The form of terms, and why a change is refused, in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.day_field import DayInput
from schedule.lessons.fields import DAY_CHARS
from schedule.lessons.moments import NotReadable, read_date
from schedule.models import LESSON_YEARS, MOST_WEEKS, TERM_NAME_CHARS, Term
from schedule.terms.writing import LessonsOutside, TermNameTaken, TermOverlaps
from schedule.week_grid import monday_of, weekday_label

USUAL_WEEKS = 20
# A form names so many lessons or weekly lessons that stand against a change; more are counted.
NAMED_AT_MOST = 5
BETWEEN = "; "


class TermForm(forms.Form):
    name = forms.CharField(
        label=pgettext_lazy("term", "Name"),
        max_length=TERM_NAME_CHARS,
        help_text=_("For example: Autumn term 2026."),
    )
    first_monday = forms.CharField(
        label=_("First Monday"),
        max_length=DAY_CHARS,
        widget=DayInput,
        help_text=_("Of its first week, also when school begins later in that week."),
    )
    weeks = forms.IntegerField(
        label=pgettext_lazy("term", "Number of weeks"),
        min_value=1,
        max_value=MOST_WEEKS,
        initial=USUAL_WEEKS,
        help_text=_("Holidays count: they do not shift odd and even weeks."),
    )

    def clean_first_monday(self) -> dt.date:
        try:
            day = read_date(self.cleaned_data["first_monday"])
        except NotReadable as err:
            raise forms.ValidationError(capfirst(str(err))) from err
        monday = monday_of(day)
        if day != monday:
            reason = gettext("%(day)s is a %(weekday)s. The Monday of that week is %(monday)s.")
            told = {"day": day, "weekday": weekday_label(day), "monday": monday}
            raise forms.ValidationError(reason % told)
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"first_monday", "weeks"} <= cleaned.keys():
            last_day = cleaned["first_monday"] + dt.timedelta(weeks=cleaned["weeks"])
            if last_day.year not in LESSON_YEARS:
                self.add_error("weeks", gettext("This year is not in the calendar."))
        return cleaned

    def refuse(self, err: TermNameTaken | TermOverlaps | LessonsOutside) -> None:
        """Say at its field why a service did not take what the form says."""
        match err:
            case TermNameTaken():
                self.add_error("name", gettext("Another term has this name."))
            case TermOverlaps():
                self.add_error("first_monday", overlap_in_words(err.other))
            case LessonsOutside():
                self.add_error(None, _outside_in_words(err))


def texts_of(term: Term) -> dict[str, object]:
    """The term as its form shows it."""
    return {"name": term.name, "first_monday": term.first_monday, "weeks": term.weeks}


def changed_in_words(now: Term) -> str:
    """Say why a form that shows the term as it was is not saved, and how the term is now."""
    reason = gettext(
        "The term has changed since you opened this page: it is “%(name)s” now, from %(first)s to %(last)s. Nothing was saved. Saving once more makes it as the form says."
    )
    return reason % {"name": now.name, "first": now.first_monday, "last": now.last_day}


def overlap_in_words(other: Term) -> str:
    reason = gettext("This overlaps with the term “%(name)s”, from %(first)s to %(last)s.")
    return reason % {"name": other.name, "first": other.first_monday, "last": other.last_day}


def _outside_in_words(err: LessonsOutside) -> str:
    named = [str(each.lesson) for each in err.planned[:NAMED_AT_MOST]]
    reason = ngettext(
        "%(count)s lesson of its plan would lie outside these weeks: %(lessons)s. Delete or change it first.",
        "%(count)s lessons of its plan would lie outside these weeks: %(lessons)s. Delete or change them first.",
        len(err.planned),
    )
    return reason % {"count": len(err.planned), "lessons": listed(named, len(err.planned))}


def listed(named: Sequence[str], count: int) -> str:
    return BETWEEN.join(named) + (" …" if count > len(named) else "")
