"""Forgetting the names of guests: when they are old enough. That somebody was there stays, without a name."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from edu_platform.lib.batches import ROWS_A_STATEMENT
from schedule.models import Guest

HAS_NAME = ~Q(name="") | ~Q(sent_nickname="")


def forget_old_names(at: dt.datetime, length: dt.timedelta) -> int:
    """Empty the names of guests of lessons that ended longer ago, in portions, and return of how many guests."""
    old = Guest.objects.filter(HAS_NAME, lesson__ends_at__lt=at - length).order_by("pk")
    forgotten = 0
    while keys := list(old.values_list("pk", flat=True)[:ROWS_A_STATEMENT]):
        forgotten += Guest.objects.filter(pk__in=keys).update(name="", sent_nickname="")
    return forgotten
