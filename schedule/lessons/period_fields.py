"""The time of a lesson, said in periods of its day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from schedule.hooks import DayPeriod, periods_on
from schedule.models import ClassGroup

BELLS = ("first_bell", "last_bell")


class PeriodsForm(forms.Form):
    """Fields for periods beside `start` and `end`, which the form that stands on this has."""

    first_bell = forms.IntegerField(label=_("From period"), required=False, widget=forms.Select)
    last_bell = forms.IntegerField(label=_("To period"), required=False, widget=forms.Select)

    def offer_periods(self, day: dt.date, class_groups: Collection[ClassGroup]) -> None:
        """Offer the periods of this day; where it has none, lessons are planned by the clock alone. One query."""
        periods = periods_on(day, class_groups)
        if not periods and not (self.is_bound and self.data.get("first_bell")):
            for name in BELLS:
                del self.fields[name]
            return
        choices = [(period.number, period.words) for period in periods]
        none = (gettext("By the clock"), gettext("The same period"))
        for name, words in zip(BELLS, none, strict=True):
            self.fields[name].widget.choices = [("", words), *choices]
        for name in ("start", "end"):
            self.fields[name].required = False
            self.fields[name].help_text = gettext("Only where no period is chosen.")

    @property
    def is_by_periods(self) -> bool:
        return self.cleaned_data.get("first_bell") is not None

    def read_periods(self, cleaned: dict[str, Any]) -> None:
        """Set start and end to those of the periods of the day; else both have to be there.

        What stood in them before anybody typed does not count as typed.
        """
        if not self.is_by_periods:
            if cleaned.get("last_bell") is not None:
                self.add_error("first_bell", gettext("Choose the first period too."))
            self._require_times(cleaned)
            return
        periods = self._periods_meant(cleaned)
        if not periods:
            for name in ("start", "end"):
                cleaned.pop(name, None)
            return
        times = {"start": periods[0].starts, "end": periods[-1].ends}
        for name, time in times.items():
            if name in self.changed_data and cleaned.get(name) not in (None, time):
                self.add_error(name, gettext("Choose periods or write the time, not both."))
        cleaned.update(times)

    def _require_times(self, cleaned: dict[str, Any]) -> None:
        for name in ("start", "end"):
            if name in cleaned and cleaned[name] is None:
                self.add_error(name, self.fields["date"].error_messages["required"])

    def _periods_meant(self, cleaned: dict[str, Any]) -> Sequence[DayPeriod]:
        """Return the first and the last one; nothing where the day has them not, which is said."""
        if "date" not in cleaned:
            return ()
        periods = {
            period.number: period
            for period in periods_on(cleaned["date"], cleaned.get("class_groups") or ())
        }
        first = cleaned["first_bell"]
        last = first if cleaned.get("last_bell") is None else cleaned["last_bell"]
        for name, number in zip(BELLS, (first, last), strict=True):
            if number not in periods:
                words = gettext("This day has no period %(number)s.") % {"number": number}
                self.add_error(name, words)
                return ()
        if last < first:
            self.add_error("last_bell", gettext("The last period lies before the first."))
            return ()
        return periods[first], periods[last]
