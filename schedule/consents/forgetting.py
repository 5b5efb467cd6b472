"""Forget the consents of people who were erased long ago; those of all others stay with their accounts."""

from __future__ import annotations

import datetime as dt

from edu_platform.lib.batches import ROWS_A_STATEMENT
from schedule.models import Consent

# Three years, each as long as a leap year.
KEPT_AFTER_ERASURE = dt.timedelta(days=3 * 366)


def forget_consents_of_erased(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete the consents of those who were erased longer ago, in portions, and return how many that were."""
    old = Consent.objects.filter(person__erasure__erased_at__lt=at - length).order_by("pk")
    forgotten = 0
    while some := list(old.values_list("pk", flat=True)[:ROWS_A_STATEMENT]):
        forgotten += Consent.objects.filter(pk__in=some).delete()[0]
    return forgotten
