"""The form of one day of a term's calendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from edu_platform.lib.versions import known_in
from schedule.enums import DayKind
from schedule.models import DAY_NAME_CHARS, Term, TermDay
from schedule.terms.calendar_days import set_day, unset_day
from schedule.terms.day_table import CalendarDay, day_text
from schedule.terms.national_calendar import name_in_words, name_to_keep, national_day
from schedule.week_grid import WEEKDAYS, weekday_label

AS_USUAL = ""


class TermDayForm(forms.Form):
    """Asks what a day is: as usual, a holiday, or a school day that takes a weekday's plan."""

    kind = forms.ChoiceField(
        label=gettext_lazy("This day is"), choices=DayKind.choices, required=False
    )
    plan_weekday = forms.TypedChoiceField(
        label=gettext_lazy("Takes the plan of"),
        help_text=gettext_lazy("Counts for a school day: which weekday's lessons are held."),
        choices=list(enumerate(WEEKDAYS, start=1)),
        coerce=int,
        empty_value=None,
        required=False,
    )
    name = forms.CharField(
        label=pgettext_lazy("day", "Name"),
        help_text=gettext_lazy("Such as National Day or sports day. May be empty."),
        max_length=DAY_NAME_CHARS,
        required=False,
    )

    def __init__(
        self, data: Mapping[str, Any] | None, *, term: Term, date: dt.date, day: TermDay | None
    ) -> None:
        self.term, self.date = term, date
        # The version that the page showed; programs send none, and are taken at their word.
        self.known = known_in(data)
        super().__init__(data, initial=_initial(day))
        self.fields["kind"].widget.choices = [(AS_USUAL, as_usual_text(date)), *DayKind.choices]
        own = _("its own weekday: %(label)s") % {"label": weekday_label(date)}
        self.fields["plan_weekday"].widget.choices = [("", own), *enumerate(WEEKDAYS, start=1)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == AS_USUAL:
            for name in ("plan_weekday", "name"):
                # What stood there before may stay: it goes with the day.
                if name in self.changed_data and cleaned.get(name):
                    message = _("Choose above what the day is, or leave this empty.")
                    self.add_error(name, message)
        return cleaned

    def save(self) -> None:
        """Set the day.

        Raises:
            DayOutsideTerm, Term.DoesNotExist: the term has changed meanwhile.
            NotAsShown: somebody has changed the day since the page was shown.
        """
        chosen = self.cleaned_data
        if chosen["kind"] == AS_USUAL:
            unset_day(self.term, self.date, known=self.known)
            return
        set_day(
            self.term,
            self.date,
            kind=DayKind(chosen["kind"]),
            plan_weekday=chosen["plan_weekday"],
            name=name_to_keep(chosen["name"]),
            known=self.known,
        )


def changed_in_words(now: CalendarDay) -> str:
    """Say why a form that shows the day as it was is not saved, and how it is now."""
    shown = " · ".join(filter(None, (now.text or as_usual_text(now.date), now.name)))
    reason = _(
        "The day has changed since you opened this page. Now it is: %(now)s. Nothing was saved. Saving once more makes it as the form says."
    )
    return reason % {"now": shown}


def _initial(day: TermDay | None) -> dict[str, str]:
    if day is None:
        return {}
    return {
        "kind": day.kind,
        "plan_weekday": str(day.plan_weekday or ""),
        "name": name_in_words(day.name),
    }


def as_usual_text(date: dt.date) -> str:
    """Say what a day is that nobody sets."""
    national = national_day(date)
    if national is None:
        return _("as usual: %(label)s") % {"label": weekday_label(date)}
    what = day_text(national.kind, national.plan_weekday)
    label = f"{what} · {name_in_words(national.name)}"
    return _("as the national calendar says: %(label)s") % {"label": label}
