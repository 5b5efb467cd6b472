"""Say how much of the planned time is left for a room that is made late."""

from __future__ import annotations

import datetime as dt

from classroom.client.rooms import RoomPlan

# A room made for a class that has begun starts in the cloud a moment after it is asked for.
LATE_START = dt.timedelta(seconds=30)


class NoTimeLeft(Exception):
    """The planned end has passed, so no room is made any more."""


def late_plan(plan: RoomPlan, at: dt.datetime) -> RoomPlan:
    """The cloud takes no start in the past: a late room begins in a moment.

    Raises:
        NoTimeLeft: nothing of the planned time would be left.
    """
    earliest = at + LATE_START
    if plan.starts_at >= earliest:
        return plan
    if plan.ends_at <= earliest:
        raise NoTimeLeft
    return plan.starting_at(earliest.replace(microsecond=0))
