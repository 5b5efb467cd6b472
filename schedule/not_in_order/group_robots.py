"""Robots of chat groups that take no messages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import ngettext, pgettext

from edu_platform.lib.backlog import backlog
from schedule.models import Channel
from schedule.school_day_hooks import NotInOrder, Remedy, counted

# One that missed once or twice may have been a moment's matter.
FAILURES_TO_BE_LISTED = 3

_failing_backlog = backlog(
    lambda: Channel.objects.active().filter(failures__gte=FAILURES_TO_BE_LISTED),
    since="failing_since",
)


def channels_not_in_order(_at: dt.datetime) -> Iterator[NotInOrder]:
    """Robots that took nothing for several times in a row."""
    return counted(_failing_backlog(), _failing_line)


def _failing_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "%(count)s group robot takes no messages.",
        "%(count)s group robots take no messages.",
        count,
    )
    channels = reverse("schedule:channels")
    remedy = Remedy(pgettext("not in order", "Try or replace them"), channels)
    return NotInOrder(sentence, channels, remedy=remedy)
