"""The month that an address asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django import forms
from django.utils import timezone

from schedule.hours.months import Month


class MonthForm(forms.Form):
    """The month field above hours."""

    month = forms.DateField(required=False, input_formats=["%Y-%m"])

    def chosen_month(self) -> Month | None:
        """The month, when lessons may lie in it; a malformed one counts as absent."""
        day: dt.date | None = self.cleaned_data["month"] if self.is_valid() else None
        return None if day is None else Month.holding(day).if_known()


def month_in(query: Mapping[str, str], now: dt.datetime) -> Month:
    """Return the month of an address, else the present one."""
    return MonthForm(query).chosen_month() or Month.holding(timezone.localdate(now))
