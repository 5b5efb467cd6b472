"""Administrators are told of callbacks that failed, once a day."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice, User
from accounts.notices import FAILED_CALLBACKS_NOTICE
from accounts.services.notices import notify_many
from classroom.selectors import failed_callbacks

# Callbacks given up longer ago than that are no news to an installation that never told of any.
NEWS_FOR = dt.timedelta(days=7)


def tell_of_failed_callbacks(at: dt.datetime) -> int:
    """Tell administrators what failed since they were told last; return of how many callbacks.

    Safe to repeat and to run concurrently: a day of the school has one notice at most.
    """
    told = Notice.objects.filter(kind=FAILED_CALLBACKS_NOTICE)
    told_at = told.aggregate(latest=Max("created_at"))["latest"] or at - NEWS_FOR
    today = timezone.localdate(at)
    if timezone.localdate(told_at) == today:
        return 0
    failed = failed_callbacks(since=told_at).count
    if failed:
        notify_many(
            list(User.objects.administrators().active()),
            kind=FAILED_CALLBACKS_NOTICE,
            arguments={"count": str(failed)},
            address=f"{reverse('admin:classroom_callbackevent_changelist')}?trouble=failed",
            cause=f"{FAILED_CALLBACKS_NOTICE}:{today}",
            at=at,
        )
    return failed
