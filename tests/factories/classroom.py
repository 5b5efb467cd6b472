from __future__ import annotations

import hashlib

from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, Sequence
from factory.django import DjangoModelFactory

from classroom.enums import EventKind, EventState, Outcome
from classroom.models import CallbackEvent


class CallbackEventFactory(DjangoModelFactory[CallbackEvent]):
    """An event that came just now and waits; each has a time of its own.

    With another `state` it is closed as well, a processed one as handled.
    """

    class Meta:
        model = CallbackEvent

    event_type = "RoomStart"
    kind = EventKind.ROOM
    room_id = 3_461_739
    timestamp_s = Sequence(lambda number: 1_700_000_000 + number)
    data = LazyAttribute(lambda event: f'{{"RoomId":{event.room_id}}}')
    digest = LazyAttribute(
        lambda event: hashlib.sha256(
            f"{event.event_type}{event.timestamp_s}{event.data}".encode()
        ).hexdigest()
    )
    received_at = LazyFunction(timezone.now)
    state = EventState.WAITING
    outcome = LazyAttribute(
        lambda event: Outcome.HANDLED if event.state == EventState.PROCESSED else ""
    )
    closed_at = LazyAttribute(
        lambda event: None if event.state == EventState.WAITING else event.received_at
    )
