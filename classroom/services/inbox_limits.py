"""Limits on stored events: anybody who has seen one callback can sign any number of others."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Hashable

from classroom.enums import Outcome
from classroom.models import CallbackEvent, CallbackEventQuerySet
from classroom.services.merged_leases import UNMERGED_TYPES

# Per room or document and type; unknown types count as one.
STORED_AT_MOST = 100
STORED_WITHIN = dt.timedelta(days=1)
# In total: this many only wait after an outage of hours, or when somebody invents rooms.
WAITING_AT_MOST = 10_000
# So many a process stores before it asks the database, so that storing an event is one statement.
UNASKED = 20
# A process stores so many of the total, which is large: counting takes as long as storing several events.
UNASKED_IN_TOTAL = 200
KEYS_AT_MOST = 10_000
# A room that is not ours may become it: somebody makes one of this number, or the cloud was wrong.
FOREIGN_FOR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
# Unknown rooms, each of which is looked up once.
UNKNOWN_A_MINUTE = 60


class Allowances:
    """Events that this process may still store without asking the database how many there are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[Hashable, int] = {}

    def use(self, key: Hashable, *, at_most: int, unasked: int, count: Callable[[], int]) -> bool:
        """Use one of the rows that may be stored for this key; without any left they are counted."""
        if self._use_left(key, unasked):
            return True
        free = min(unasked, at_most - count())
        with self._lock:
            self._left[key] = max(0, free - 1)
        return free > 0

    def _use_left(self, key: Hashable, unasked: int) -> bool:
        with self._lock:
            if len(self._left) >= KEYS_AT_MOST:
                self._left.clear()
            left = self._left.setdefault(key, unasked)
            self._left[key] = max(0, left - 1)
        return left > 0


def of_the_same_type(event: CallbackEvent) -> CallbackEventQuerySet:
    """The events about the same room or document that count as one type with this one."""
    about = CallbackEvent.objects.about_the_same_as(event)
    if event.event_type in UNMERGED_TYPES:
        return about.filter(event_type=event.event_type)
    return about.exclude(event_type__in=UNMERGED_TYPES)


def has_too_many_alike(event: CallbackEvent, *, at: dt.datetime) -> bool:
    """Tell whether so many events about the same were stored within a day that another one tells nothing."""
    kind = event.event_type if event.event_type in UNMERGED_TYPES else ""
    key = (event.kind, event.document_id or event.room_id, kind)

    def count() -> int:
        return of_the_same_type(event).filter(received_at__gt=at - STORED_WITHIN).count()

    return not allowances.use(key, at_most=STORED_AT_MOST, unasked=UNASKED, count=count)


def is_inbox_full() -> bool:
    """Tell whether more events wait than the cloud ever makes wait."""

    def count() -> int:
        return CallbackEvent.objects.waiting().count()

    at_most, unasked = WAITING_AT_MOST, UNASKED_IN_TOTAL
    return not allowances.use("waiting", at_most=at_most, unasked=unasked, count=count)


def is_known(event: CallbackEvent) -> bool:
    """Tell whether the cloud has told of this room or document before, and it was ours: nobody made it up."""
    alike = CallbackEvent.objects.about_the_same_as(event)
    return alike.filter(outcome=Outcome.HANDLED).exists()


def was_found_foreign(room_id: int, *, at: dt.datetime) -> bool:
    """Tell whether an event of this room ended lately in finding that the room is not ours."""
    lately = CallbackEvent.objects.filter(closed_at__gt=at - FOREIGN_FOR)
    return lately.filter(room_id=room_id, outcome=Outcome.UNKNOWN_ROOM).exists()


def are_too_many_unknown(*, at: dt.datetime) -> bool:
    """Tell whether so many unknown rooms were looked up within a minute that it can only be an attack."""
    lately = CallbackEvent.objects.filter(closed_at__gt=at - MINUTE)
    return lately.filter(outcome=Outcome.UNKNOWN_ROOM).count() >= UNKNOWN_A_MINUTE


allowances = Allowances()
