"""The grid of a week: its days, in the school's time zone, and the hours that it always shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.utils import timezone
from django.utils.translation import pgettext_lazy

DAYS_OF_WEEK = 7
# Hours always shown; earlier and later ones are added where needed.
FIRST_HOUR = 8
LAST_HOUR = 18
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


def monday_of(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def start_of_day(day: dt.date) -> dt.datetime:
    """Midnight in the school's time zone."""
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def hours_shown(hours: Collection[int]) -> range:
    """The rows of a week whose lessons start in these hours."""
    return range(min({*hours, FIRST_HOUR}), max({*hours, LAST_HOUR}) + 1)
