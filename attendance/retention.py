"""Single stays, and the sums by which the cloud knew people, go after half a year; what they counted stays."""

from __future__ import annotations

import datetime as dt

from attendance.models import MemberRecord, Stay

STAYS_KEPT = dt.timedelta(days=180)
FORGOTTEN_AT_ONCE = 5_000
PORTIONS_A_RUN = 400


def forget_old_stays(at: dt.datetime) -> int:
    """Delete what is older; return how many rows.

    In small portions, each a statement of its own, to hold locks briefly.
    """
    before = at - STAYS_KEPT
    forgotten = 0
    for _portion in range(PORTIONS_A_RUN):
        gone = 0
        for rows in (Stay.objects.all(), MemberRecord.objects.all()):
            old = rows.filter(statistics__ended_at__lt=before).values_list("pk", flat=True)
            gone += rows.filter(pk__in=list(old[:FORGOTTEN_AT_ONCE])).delete()[0]
        forgotten += gone
        if not gone:
            break
    return forgotten
