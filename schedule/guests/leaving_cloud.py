"""Guests leave the cloud: what it knows of them is deleted there once attendance is in, by a worker of `accounts`.

That they were there stays here, by ids that mean nothing any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.services.discarded_identities import discard
from edu_platform.lib.batches import in_batches
from schedule.enums import LessonState
from schedule.models import Guest

# After the planned end, where attendance is not in by then: the worker has an hour until the 48 that are promised.
FORGOTTEN_AFTER = dt.timedelta(hours=47)


def forget_in_cloud(lesson_ids: Collection[int], *, at: dt.datetime) -> None:
    """Ask the cloud to delete the guests of these lessons; safe to repeat.

    The cloud is told afterwards, never in this transaction.
    """
    for batch in in_batches(lesson_ids):
        with transaction.atomic():
            rows = Guest.objects.in_cloud().filter(lesson__in=batch).order_by("pk")
            guests = list(rows.select_for_update(no_key=True))
            discard(guests)
            Guest.objects.filter(pk__in=[guest.pk for guest in guests]).update(discarded_at=at)


def forget_before_deletion(lesson_ids: Collection[int]) -> None:
    """Ask the cloud to delete the guests whose rows go with their lessons."""
    forget_in_cloud(lesson_ids, at=timezone.now())


def forget_overdue(at: dt.datetime) -> None:
    """Ask the cloud to delete the guests of lessons that are long over, or do not take place."""
    is_over = Q(lesson__ends_at__lte=at - FORGOTTEN_AFTER)
    rows = Guest.objects.in_cloud().filter(is_over | Q(lesson__state=LessonState.CANCELLED))
    forget_in_cloud(set(rows.order_by().values_list("lesson", flat=True)), at=at)
