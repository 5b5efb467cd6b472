"""Moments as people say them: today, yesterday, a day of the last week, else the date."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone
from django.utils.translation import pgettext, pgettext_lazy

A_WEEK = dt.timedelta(days=7)
WEEKDAYS = (
    pgettext_lazy("weekday", "Mon"),
    pgettext_lazy("weekday", "Tue"),
    pgettext_lazy("weekday", "Wed"),
    pgettext_lazy("weekday", "Thu"),
    pgettext_lazy("weekday", "Fri"),
    pgettext_lazy("weekday", "Sat"),
    pgettext_lazy("weekday", "Sun"),
)


def weekday_label(day: dt.date) -> str:
    return str(WEEKDAYS[day.weekday()])


def exact_text(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def near_text(moment: dt.datetime, at: dt.datetime) -> str:
    """A moment with the day as people call it, and its date where that is further away."""
    local = timezone.localtime(moment)
    day = _near_day(local.date(), timezone.localdate(at))
    return f"{day} {local:%H:%M}" if day else exact_text(moment)


def recent_text(moment: dt.datetime, at: dt.datetime) -> str:
    """A moment for little room: of what is long over the date alone."""
    is_long_over = timezone.localdate(at) - timezone.localdate(moment) >= A_WEEK
    return f"{timezone.localdate(moment)}" if is_long_over else near_text(moment, at)


def _near_day(day: dt.date, today: dt.date) -> str:
    if day > today:
        return pgettext("day", "tomorrow") if (day - today).days == 1 else ""
    if day == today:
        return pgettext("day", "today")
    if (today - day).days == 1:
        return pgettext("day", "yesterday")
    return weekday_label(day) if today - day < A_WEEK else ""
