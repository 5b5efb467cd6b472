"""Processing an event: ask the cloud, save the answer, close the event."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from functools import partial

from django.utils import timezone

from classroom.client.errors import CloudError
from classroom.client.rate_limits import Priority
from classroom.enums import EventKind, Outcome, Source
from classroom.hooks import (
    Changes,
    DocumentEvent,
    NotOurs,
    RoomEvent,
    document_handlers,
    room_handlers,
)
from classroom.models import CallbackEvent
from classroom.services import merged_leases
from classroom.services.inbox import is_wanted
from classroom.services.merged_leases import MERGE_WINDOW, Deferred, Lease, LeaseLost
from classroom.snapshots import DocumentSnapshot, RoomSnapshot
from edu_platform.lib.queueing import send_in_background

logger = logging.getLogger(__name__)

MAX_ERROR_CHARS = 255


def process_event(event_id: int, *, at: dt.datetime) -> None:
    """Handle an event that waits, and those that the same look answers. Safe to repeat.

    Raises:
        Exception: whatever a handler raised that is no refusal of the cloud; it is recorded.
    """
    event = CallbackEvent.objects.waiting().defer("data").filter(pk=event_id).first()
    if event is None:
        return
    taken = _take(event, at=at)
    if isinstance(taken, Deferred):
        if taken.delay_s is not None:
            send_in_background("classroom.process_event", event_id=event_id, delay_s=taken.delay_s)
    elif taken is not None:
        error = _handle(event, taken)
        _wake_next(event)
        if error is not None and not isinstance(error, CloudError):
            raise error


def process_now(event_id: int, *, at: dt.datetime) -> CallbackEvent:
    """Handle an event if it waits, however soon after another; return it as it is then."""
    event = CallbackEvent.objects.waiting().defer("data").filter(pk=event_id).first()
    if event is not None:
        lease = _take(event, at=at, is_urgent=True)
        if isinstance(lease, Lease):
            _handle(event, lease)
    return CallbackEvent.objects.defer("data").get(pk=event_id)


def _take(
    event: CallbackEvent, *, at: dt.datetime, is_urgent: bool = False
) -> Lease | Deferred | None:
    if is_wanted(event):
        return merged_leases.acquire(event, at=at, is_urgent=is_urgent)
    merged_leases.close_unwanted(event, at=at)
    return None


def _handle(event: CallbackEvent, lease: Lease) -> Exception | None:
    """Look, save and close; return what went wrong after recording it with the events."""
    try:
        outcome, changes = _fetch(event, lease)
        merged_leases.close(lease, outcome, changes)
    except LeaseLost:
        logger.warning("event %s: another worker took over, nothing is saved", event.pk)
    except CloudError as err:
        logger.warning("event %s: the cloud does not tell: %s", event.pk, err)
        merged_leases.release(lease, _reason(err))
        return err
    except Exception as err:  # noqa: BLE001 -- whatever a handler raises is recorded, then raised
        merged_leases.release(lease, _reason(err))
        return err
    return None


def _fetch(event: CallbackEvent, lease: Lease) -> tuple[Outcome, Sequence[Changes]]:
    is_about_document = event.kind == EventKind.DOCUMENT
    try:
        fetch = _fetch_document if is_about_document else _fetch_room
        return Outcome.HANDLED, fetch(event, lease)
    except NotOurs:
        return Outcome.UNKNOWN_DOCUMENT if is_about_document else Outcome.UNKNOWN_ROOM, ()


def _fetch_room(event: CallbackEvent, lease: Lease) -> Sequence[Changes]:
    assert event.room_id is not None  # noqa: S101 -- nothing else is leased
    snapshot = RoomSnapshot(
        event.room_id,
        priority=Priority.CLASS_ENDED,
        source=Source.CALLBACK,
        before_call=partial(merged_leases.renew, lease),
    )
    told = RoomEvent(event.room_id, lease.event_types, snapshot)
    return [handler(told) for handler in room_handlers]


def _fetch_document(event: CallbackEvent, lease: Lease) -> Sequence[Changes]:
    snapshot = DocumentSnapshot(
        event.document_id,
        priority=Priority.BACKGROUND,
        source=Source.CALLBACK,
        before_call=partial(merged_leases.renew, lease),
    )
    told = DocumentEvent(event.document_id, lease.event_types, snapshot)
    return [handler(told) for handler in document_handlers]


def _wake_next(event: CallbackEvent) -> None:
    """Send on what was put off while we looked: its own message is gone."""
    now = timezone.now()
    next_id = (
        CallbackEvent.objects.about_the_same_as(event)
        .waiting()
        .unleased(at=now)
        .filter(due_at__lte=now + MERGE_WINDOW)
        .order_by("pk")
        .values_list("pk", flat=True)
        .first()
    )
    if next_id is not None:
        send_in_background("classroom.process_event", event_id=next_id)


def _reason(error: Exception) -> str:
    """The error in a line that every database takes: PostgreSQL refuses NUL, both lone surrogates."""
    text = f"{type(error).__name__}: {error}".replace("\0", "\\0")
    return text.encode("utf-8", "backslashreplace").decode()[:MAX_ERROR_CHARS]
