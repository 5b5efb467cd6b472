from __future__ import annotations

import datetime as dt

from django import forms
from django.utils import timezone

from edu_platform.lib.day_field import DayField
from schedule.week_grid import FIRST_LUNAR_DAY, LAST_LUNAR_DAY, is_known_day


class DayForm(forms.Form):
    """The date field above the week."""

    day = DayField(required=False)

    def chosen_day(self) -> dt.date | None:
        """Return the day, when it is one that the calendar knows; a malformed one counts as absent."""
        day: dt.date | None = self.cleaned_data["day"] if self.is_valid() else None
        return day if day is not None and is_known_day(day) else None


def day_field_context() -> dict[str, object]:
    """Return what a page with a field for a day says of the calendar: its bounds, and the school's time zone."""
    return {
        "first_day": FIRST_LUNAR_DAY,
        "last_day": LAST_LUNAR_DAY,
        "time_zone": timezone.get_default_timezone_name(),
    }
