from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Value
from django.db.models.functions import Length

from classroom.client.answer_values import YEAR_S
from classroom.client.records import Recording
from classroom.enums import EventState
from classroom.models import HAS_FAILED, CallbackEvent, CallbackEventQuerySet
from classroom.stored_data import KEPT_CHARS
from edu_platform.lib.backlog import backlog
from edu_platform.lib.statements import Statement

RECORD_FINISHED = "RecordFinish"
TOLD_AT_MOST = 50
# A worker takes most callbacks up within a second, and a sweep what it missed within half a minute.
UNTAKEN_AFTER = dt.timedelta(minutes=5)
BYTES_BELOW = 2**31  # what is larger, the file's own server is asked for


@dataclass(frozen=True, slots=True)
class KeptCall:
    """The time at which a callback came, and whether it has not been worked through yet."""

    received_at: dt.datetime
    is_waiting: bool


def first_received(room_id: int, event_types: Collection[str]) -> dict[str, dt.datetime]:
    """Return when the first callback of each of these types came for a room; those of which one is kept."""
    calls = kept_calls(room_id, event_types)
    return {event_type: call.received_at for event_type, call in calls.items()}


def kept_calls(room_id: int, event_types: Collection[str]) -> dict[str, KeptCall]:
    """The first callback of each of these types that came for a room, of those that are kept."""
    kept = CallbackEvent.objects.filter(room_id=room_id, event_type__in=event_types)
    # Found by the database: anybody who can sign may send events about a room without end.
    first, waiting = Min("received_at"), Min("received_at", filter=Q(state=EventState.WAITING))
    rows = kept.values("event_type").annotate(first=first, first_waiting=waiting).order_by()
    return {
        row["event_type"]: KeptCall(row["first"], is_waiting=row["first"] == row["first_waiting"])
        for row in rows
    }


def reported_recordings(room_id: int) -> list[Recording]:
    """Return what callbacks told of a room's recordings, newest first.

    Not to be believed: anybody who saw one callback can sign another. It may add a size or length to a file whose
    address the API itself gave, and nothing else.
    """
    events = (
        CallbackEvent.objects.filter(room_id=room_id, event_type=RECORD_FINISHED)
        .annotate(chars=Length("data"))
        .filter(chars__lte=KEPT_CHARS)
        .order_by("-pk")
    )
    told = (json.loads(event.data) for event in events[:TOLD_AT_MOST])
    return [
        Recording(
            url=data["RecordUrl"],
            duration_s=_count(data.get("Duration"), below=YEAR_S),
            size_bytes=_count(data.get("RecordSize"), below=BYTES_BELOW),
        )
        for data in told
        if isinstance(data.get("RecordUrl"), str)
    ]


@dataclass(frozen=True, slots=True)
class FailedCallbacks:
    """Numbers of failed callbacks, by what becomes of them."""

    tried_again: int
    given_up: int
    # When the first of them came.
    since: dt.datetime | None

    @property
    def count(self) -> int:
        return self.tried_again + self.given_up


def failed_callbacks(*, since: dt.datetime | None = None) -> FailedCallbacks:
    """All that failed and are not settled; or only those given up since then, and those tried again."""
    if since is None:
        counts = _ALL_FAILED.first()
    else:
        recent = _failed().filter(Q(closed_at=None) | Q(closed_at__gte=since))
        counts = next(iter(_counts_of(recent)), None)
    return FailedCallbacks(*(counts or (0, 0, None)))


def _failed() -> CallbackEventQuerySet:
    return CallbackEvent.objects.filter(HAS_FAILED)


def _counts_of(failed: CallbackEventQuerySet) -> QuerySet[Any, tuple[int, int, dt.datetime | None]]:
    is_dead = Q(state=EventState.DEAD)
    return (
        failed.order_by()
        .values(all=Value(1))
        .annotate(
            tried_again=Count("pk", filter=~is_dead),
            given_up=Count("pk", filter=is_dead),
            since=Min("received_at"),
        )
        .values_list("tried_again", "given_up", "since")
    )


_ALL_FAILED = Statement(lambda: _counts_of(_failed()))


def untaken_callbacks(received_until: dt.datetime) -> CallbackEventQuerySet:
    """Those that came so long ago, and that no worker has tried."""
    return CallbackEvent.objects.waiting().filter(attempts=0, received_at__lte=received_until)


untaken_count = backlog(untaken_callbacks, since="received_at")


def _count(value: object, *, below: int) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 < value < below else None
