"""The inbox of the cloud's callbacks: storing events, and finding those that wait."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Min, Q

from classroom.enums import EventKind, EventState, Outcome
from classroom.envelope import Envelope
from classroom.hooks import document_handlers, member_listeners, room_handlers
from classroom.models import HAS_FAILED, CallbackEvent, CallbackEventQuerySet
from classroom.services.inbox_limits import (
    has_too_many_alike,
    is_inbox_full,
    is_known,
    of_the_same_type,
)
from classroom.services.merged_leases import MERGE_WINDOW
from classroom.services.retries import MAX_ATTEMPTS, TOLD_WITHIN
from classroom.stored_data import stored_data
from classroom.throttled_log import ThrottledLog
from edu_platform.lib.leases import LEASE_ENDED
from edu_platform.lib.queueing import enqueue_on_commit, send_gathered, send_in_background

logger = logging.getLogger(__name__)
_merged = ThrottledLog("merged with earlier ones")


class InboxFull(Exception):
    """Too many events wait; nothing was stored, and the cloud should call again."""


SWEPT_AT_MOST = 500
# Databases limit the values of a statement, and locks should be short.
BATCH = 1000


def store_event(envelope: Envelope, *, at: dt.datetime) -> CallbackEvent | None:
    """Store an event and have a worker take it up; None when it is stored already.

    Waits for no broker. One that nobody has anything to do about is closed at once. When very many about
    the same are stored already, one of them is looked at again instead.

    Raises:
        InboxFull: too many events wait.
    """
    event = _new_event(envelope, at=at)
    if event.state == EventState.WAITING:
        if has_too_many_alike(event, at=at) and _merge(event, at=at):
            return None
        if is_inbox_full() and not is_known(event):
            raise InboxFull
    # No transaction around it, whose beginning and end would have to be waited for as well.
    if not CallbackEvent.objects.insert_new(event):
        known = CallbackEvent.objects.defer("data").filter(digest=event.digest).first()
        if known is None:  # it was forgotten in between
            return store_event(envelope, at=at)
        _rerun_if_early(known, at=at)
        return None
    if event.state == EventState.WAITING:
        send_gathered("classroom.process_event", event_id=event.pk)
    elif event.kind == EventKind.MEMBER and event.room_id is not None and member_listeners:
        send_gathered("classroom.tell_of_members", room_id=event.room_id)
    return event


def _merge(event: CallbackEvent, *, at: dt.datetime) -> bool:
    """Have a stored event stand for this one, so that a look begins after it; False when none can.

    An event that waits and is nobody's will be leased later than now, and its look begins after that.
    One that is being looked at stands for nothing that comes now.
    """
    alike = of_the_same_type(event).unleased(at=at)
    waiting = alike.waiting()
    will_be_soon = Q(due_at=None) | Q(due_at__lte=at + MERGE_WINDOW)
    if not waiting.filter(will_be_soon, attempts=0).exists():
        # The oldest closed one, as the latest may say that the room is not ours.
        stands = waiting.order_by("pk").first() or alike.order_by("closed_at", "pk").first()
        if stands is None or not _requeue(stands, at=at):
            return False
    _merged.count(str(event.kind))
    return True


def _requeue(event: CallbackEvent, *, at: dt.datetime) -> bool:
    with transaction.atomic():
        reset = reset_events(
            CallbackEvent.objects.filter(pk=event.pk), at=at, forgets_foreign=False
        )
        if reset:
            enqueue_on_commit("classroom.process_event", event_id=event.pk)
    return bool(reset)


def _rerun_if_early(known: CallbackEvent, *, at: dt.datetime) -> None:
    """Look again when an event was handled before the moment that it tells of.

    Somebody who can sign may have sent it ahead of the cloud, whose own delivery is this one.
    """
    begun_at = known.begun_at
    if known.state != EventState.PROCESSED or begun_at is None:
        return
    if known.timestamp_s > begun_at.timestamp():
        run_again(CallbackEvent.objects.filter(pk=known.pk), at=at)


def sweep_events(at: dt.datetime) -> int:
    """Send events that wait and are due to the workers, one for each room or document; say how many."""
    mark_crashed_dead(at)
    due = CallbackEvent.objects.due(at=at, told_before=at - TOLD_WITHIN)
    of_rooms = due.filter(document_id="").exclude(room_id=None).values("room_id")
    of_documents = due.exclude(document_id="").values("document_id")
    of_neither = due.filter(document_id="", room_id=None).order_by("pk")
    firsts = list(of_neither.values_list("pk", flat=True)[:SWEPT_AT_MOST])
    for groups in (of_rooms, of_documents):
        first = groups.annotate(first=Min("pk")).order_by("first")
        firsts += first.values_list("first", flat=True)[:SWEPT_AT_MOST]
    swept = sorted(firsts)[:SWEPT_AT_MOST]
    for event_id in swept:
        send_in_background("classroom.process_event", event_id=event_id)
    return len(swept)


def hand_on(event_ids: Iterable[int]) -> None:
    """Send events to the workers, each by itself, that came in one message."""
    for event_id in event_ids:
        send_in_background("classroom.process_event", event_id=event_id)


def tell_of_members(room_ids: Collection[int]) -> None:
    """Tell of rooms in which somebody came or left, by the cloud's numbers."""
    for listener in member_listeners:
        listener(room_ids)


def mark_crashed_dead(at: dt.datetime) -> None:
    """Give up on events that ended their worker at every try, the last one included."""
    killed = CallbackEvent.objects.waiting().filter(
        attempts__gte=MAX_ATTEMPTS, leased_until__lte=at
    )
    # One by one, so that no lock is held while another is waited for.
    for event_id in killed.values_list("pk", flat=True):
        killed.filter(pk=event_id).update(
            state=EventState.DEAD,
            closed_at=at,
            due_at=None,
            last_error="the worker ended before it was done",
            **LEASE_ENDED,
        )
        logger.error("gave up on event %s: each try ended its worker", event_id)


def run_again(events: CallbackEventQuerySet, *, at: dt.datetime) -> int:
    """Run events again, whatever became of them; say how many.

    Those that a worker handles at this moment are left to it.
    """
    with transaction.atomic():
        reset = reset_events(events, at=at)
        firsts: dict[tuple[int | str, str], int] = {}
        for event_id, about, kind in reset:
            firsts.setdefault((about or f"event {event_id}", kind), event_id)
        for event_id in firsts.values():
            enqueue_on_commit("classroom.process_event", event_id=event_id)
    return len(reset)


def run_failed_again(at: dt.datetime) -> int:
    """Run the oldest of those again that failed, a few hundred at most; say how many."""
    failed = CallbackEvent.objects.filter(HAS_FAILED).order_by("pk")
    pks = list(failed.values_list("pk", flat=True)[:SWEPT_AT_MOST])
    return run_again(CallbackEvent.objects.filter(pk__in=pks), at=at)


def reset_events(
    events: CallbackEventQuerySet, *, at: dt.datetime, forgets_foreign: bool = True
) -> list[tuple[int, int | str | None, str]]:
    """Make events wait as if they had just come, oldest first.

    Without `forgets_foreign` a room that was found not to be ours is not looked up again for that.
    Returns of each its id, the room or document that it is about, and its kind.
    """
    with transaction.atomic():
        free = events.unleased(at=at).order_by("pk").select_for_update()
        reset = list(free.values_list("pk", "room_id", "document_id", "kind"))
        for start in range(0, len(reset), BATCH):
            batch = [event_id for event_id, *_ in reset[start : start + BATCH]]
            if forgets_foreign:
                _forget_foreign(
                    {room_id for _event_id, room_id, *_ in reset[start : start + BATCH]}
                )
            CallbackEvent.objects.filter(pk__in=batch).update(
                state=EventState.WAITING,
                outcome="",
                attempts=0,
                due_at=at,
                closed_at=None,
                last_error="",
                **LEASE_ENDED,
            )
    return [
        (event_id, document_id or room_id, kind) for event_id, room_id, document_id, kind in reset
    ]


def _forget_foreign(room_ids: Collection[int | None]) -> None:
    """Have rooms looked up again of which an earlier event found that they are not ours."""
    foreign = CallbackEvent.objects.filter(room_id__in=room_ids, outcome=Outcome.UNKNOWN_ROOM)
    foreign.update(outcome=Outcome.NOTHING_TO_DO)


def _new_event(envelope: Envelope, *, at: dt.datetime) -> CallbackEvent:
    event = CallbackEvent(
        digest=envelope.digest,
        event_type=envelope.event_type,
        kind=envelope.kind,
        timestamp_s=envelope.timestamp_s,
        data=stored_data(envelope),
        room_id=envelope.room_id,
        document_id=envelope.document_id,
        received_at=at,
    )
    if not is_wanted(event):
        event.state = EventState.PROCESSED
        event.outcome = Outcome.NOTHING_TO_DO
        event.closed_at = at
    return event


def is_wanted(event: CallbackEvent) -> bool:
    """Tell whether there is anything to look at; people who come and go change nothing that we keep."""
    if event.kind == EventKind.DOCUMENT:
        return bool(event.document_id and document_handlers)
    return event.kind == EventKind.ROOM and event.room_id is not None and bool(room_handlers)
