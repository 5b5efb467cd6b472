"""Times for which the cloud's callbacks are kept, and how many of no use are."""

from __future__ import annotations

import datetime as dt

from classroom.enums import EventState, Outcome
from classroom.models import CallbackEvent, CallbackEventQuerySet

# From when they were handled, or given up, unless the school chooses otherwise (`classroom.kept_kinds`).
KEEP_PROCESSED = dt.timedelta(days=90)
KEEP_DEAD = dt.timedelta(days=180)
# However many come: of those that told nothing, and of those given up, the latest.
USELESS = (Outcome.NOTHING_TO_DO, Outcome.UNKNOWN_ROOM, Outcome.UNKNOWN_DOCUMENT)
USELESS_AT_MOST = 200_000
DEAD_AT_MOST = 20_000
# So that no statement holds its locks for long.
DELETED_AT_ONCE = 1000


def purge_processed(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete what was handled longer ago; say how many."""
    return _purge(EventState.PROCESSED, closed_before=at - length)


def purge_dead(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete what was given up longer ago; say how many."""
    return _purge(EventState.DEAD, closed_before=at - length)


def thin_out_events(at: dt.datetime) -> int:
    """Delete the oldest of what is of no use when there is very much of it; say how many."""
    closed = CallbackEvent.objects.filter(closed_at__lte=at)
    useless = closed.filter(state=EventState.PROCESSED, outcome__in=USELESS)
    return _keep_latest(useless, at_most=USELESS_AT_MOST) + _keep_latest(
        closed.filter(state=EventState.DEAD), at_most=DEAD_AT_MOST
    )


def _keep_latest(events: CallbackEventQuerySet, *, at_most: int) -> int:
    newest_to_go = events.order_by("-pk").values_list("pk", flat=True)[at_most : at_most + 1]
    last_id = newest_to_go.first()
    return 0 if last_id is None else _delete(events.filter(pk__lte=last_id).order_by("pk"))


def _purge(state: EventState, *, closed_before: dt.datetime) -> int:
    old = CallbackEvent.objects.filter(state=state, closed_at__lt=closed_before)
    return _delete(old.order_by("pk"))


def _delete(events: CallbackEventQuerySet) -> int:
    purged = 0
    while batch := list(events.values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        purged += CallbackEvent.objects.filter(pk__in=batch).delete()[0]
    return purged
