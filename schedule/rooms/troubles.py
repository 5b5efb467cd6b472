"""Troubles of rooms that somebody has to look after, as pages and lists name them."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet

from schedule.models import (
    FAILS_BY_ITSELF,
    FAILS_FOR_ACCOUNT,
    SILENT_AFTER,
    TOLD_IN_PART,
    WITHOUT_RECORDING,
    WITHOUT_SIGNALLING,
    Room,
    silent_rooms,
)

# These are troubles of lessons to come.
TO_COME = {
    "failing": FAILS_BY_ITSELF,
    "account": FAILS_FOR_ACCOUNT,
    "unrecorded": WITHOUT_RECORDING,
    "incomplete": TOLD_IN_PART,
    "unsignalled": WITHOUT_SIGNALLING,
}
SILENT = "silent"


def troubled_rooms(trouble: str, *, at: dt.datetime) -> QuerySet[Room] | None:
    """Return the rooms in this trouble; None where there is no such trouble."""
    if trouble == SILENT:
        return silent_rooms(at - SILENT_AFTER)
    if trouble not in TO_COME:
        return None
    return Room.objects.of_lessons_to_come(at=at).filter(TO_COME[trouble])
