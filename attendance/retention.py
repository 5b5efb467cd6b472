"""Single stays, the sums by which the cloud knew people, and alarms go after half a year; what was counted stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from attendance.models import Alarm, MemberRecord, RoomStatistics, Stay

STAYS_KEPT = dt.timedelta(days=180)
ALARMS_KEPT = dt.timedelta(days=180)
# Who is inside is forgotten with the class; a class that nobody ended is ended, and its room is forgotten, by then.
PRESENCES_KEPT = dt.timedelta(days=1)
ROOMS_AT_ONCE = 100
PORTIONS_A_RUN = 400
ALARMS_AT_ONCE = 1000


def forget_old_stays(at: dt.datetime) -> int:
    """Delete what is older; return of how many rooms.

    In small portions, each a transaction of its own, to hold locks briefly.
    """
    old = RoomStatistics.objects.filter(ended_at__lt=at - STAYS_KEPT, forgotten_at=None)
    forgotten = 0
    for _portion in range(PORTIONS_A_RUN):
        keys = list(old.order_by("pk").values_list("pk", flat=True)[:ROOMS_AT_ONCE])
        if not keys:
            break
        _forget(keys, at)
        forgotten += len(keys)
    return forgotten


@transaction.atomic
def _forget(keys: Collection[int], at: dt.datetime) -> None:
    RoomStatistics.objects.filter(pk__in=keys).update_in_order(forgotten_at=at)
    Stay.objects.filter(statistics__in=keys).delete()
    MemberRecord.objects.filter(statistics__in=keys).delete()


def forget_old_alarms(at: dt.datetime) -> int:
    """Delete alarms that were raised longer ago, in portions, and return how many."""
    old = Alarm.objects.filter(raised_at__lt=at - ALARMS_KEPT)
    forgotten = 0
    while keys := list(old.order_by("pk").values_list("pk", flat=True)[:ALARMS_AT_ONCE]):
        forgotten += Alarm.objects.filter(pk__in=keys).delete()[0]
    return forgotten
