"""The latest backup: when it ended, and whether that is too long ago."""

from __future__ import annotations

import datetime as dt

from edu_platform.lib.statements import Statement
from edu_platform.models import Backup

# One a night, and two hours for a late or slow one.
OLD_AFTER = dt.timedelta(hours=26)


_LATEST = Statement(
    lambda: Backup.objects.order_by("-ended_at").values_list("ended_at", flat=True)[:1]
)


def latest_ended_at() -> dt.datetime | None:
    return _LATEST.first()


def is_old(ended_at: dt.datetime, at: dt.datetime) -> bool:
    return at - ended_at > OLD_AFTER
