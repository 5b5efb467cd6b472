"""Times at which the cloud is asked who was in a class, and for how long."""

from __future__ import annotations

import datetime as dt

from attendance.enums import ASKED_FOR
from edu_platform.lib.due import by_age

# The cloud needs a moment after the end; single comings and goings are all there by then.
FIRST_ASKING = dt.timedelta(seconds=10)
# Then after a quarter of the time since the end, within these bounds: some fifty askings in all.
GROWTH = 0.25
FIRST_WAIT = dt.timedelta(seconds=15)
LONGEST_WAIT = dt.timedelta(hours=2)
# Single comings and goings are gone then (the vendor's page 1639/88910).
EVENTS_KEPT = dt.timedelta(hours=1)
# Classes that ended this recently come before what has waited for long.
FRESH = dt.timedelta(hours=1)
# While the cloud does not answer at all: nothing is given up for that.
LONGEST_SILENCE_WAIT = dt.timedelta(minutes=10)


def next_asking(ended_at: dt.datetime, at: dt.datetime) -> dt.datetime | None:
    """Return when a room is asked again whose statistics are still to come; None when they are given up."""
    last = ended_at + ASKED_FOR
    if at >= last:
        return None
    return min(at + by_age(at - ended_at, GROWTH, FIRST_WAIT, LONGEST_WAIT), last)


def has_events(ended_at: dt.datetime, at: dt.datetime) -> bool:
    """Return whether the cloud still knows the single comings and goings of a class."""
    return at < ended_at + EVENTS_KEPT
