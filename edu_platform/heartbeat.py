"""The heartbeat: shows that beat sends tasks and that a worker does them."""

from __future__ import annotations

import datetime as dt

from edu_platform.lib.statements import Statement
from edu_platform.models import Heartbeat

# It beats every 30 seconds; some turns may be lost to a restart before somebody is told.
SILENT_AFTER = dt.timedelta(minutes=2)

ROW = 1


_LAST = Statement(lambda: Heartbeat.objects.filter(pk=ROW).values_list("beaten_at", flat=True))


def record_heartbeat(at: dt.datetime) -> None:
    Heartbeat.objects.update_or_create(pk=ROW, defaults={"beaten_at": at})


def last_heartbeat() -> dt.datetime | None:
    """None: beat and a worker have never run together on this database."""
    return _LAST.first()


def is_silent(at: dt.datetime) -> bool:
    last = last_heartbeat()
    return last is None or at - last > SILENT_AFTER
