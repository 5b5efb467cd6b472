"""Calendars of people who leave follow no timetable any more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _

from accounts.models import User
from schedule.models import CalendarFeed


def end_feeds(person_ids: Collection[int], _at: dt.datetime) -> None:
    """Delete the addresses of their calendars."""
    CalendarFeed.objects.filter(user__in=person_ids).delete()


def feed_note(person: User, _at: dt.datetime) -> Iterator[str]:
    if CalendarFeed.objects.filter(user=person).exists():
        yield _("The address by which their calendar follows the timetable stops working.")
