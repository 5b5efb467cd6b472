from __future__ import annotations

import datetime as dt

from django import forms

from edu_platform.lib.day_field import DayField
from schedule.week_grid import is_known_day


class DayForm(forms.Form):
    """The date field above the week."""

    day = DayField(required=False)

    def chosen_day(self) -> dt.date | None:
        """Return the day, when it is one that the calendar knows; a malformed one counts as absent."""
        day: dt.date | None = self.cleaned_data["day"] if self.is_valid() else None
        return day if day is not None and is_known_day(day) else None
