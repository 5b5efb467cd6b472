"""Events that one worker handles together: leases, and what is merged into one look.

A look at a room, or a document, answers all of its events that had come when it began. So a worker that takes up one
event takes along all others of that room which wait and are nobody's; and an event is put off while
a look for another one of its type runs or began less than half a second ago, so that a storm of
events ends in a first look and a trailing one.

No event is answered by a look that began before it came: a lease covers only rows that it has seen,
and its look begins after it is committed. Two workers that lease for one room at once come one
after the other. On SQLite because transactions are IMMEDIATE. On PostgreSQL because both lock the
room's waiting events, lowest first: the second waits for the first's short transaction, then finds
those rows leased and passes them over. (Skipping locked rows would let each get a part of them,
and make a look of its own.) Only after that it asks whether a look of its type runs or has just
begun, and then that lease is there to be seen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from classroom.enums import EventState, Outcome
from classroom.hooks import Changes
from classroom.models import CallbackEvent, CallbackEventQuerySet
from classroom.services.retries import MAX_ATTEMPTS, backoff
from edu_platform.lib.leases import LEASE_ENDED, new_lease

# Longer than one call to the cloud may take with all its repetitions; renewed before each.
LEASE = dt.timedelta(minutes=2)
MERGE_WINDOW = dt.timedelta(milliseconds=500)
# Events of these types are looked at once each before they are merged.
UNMERGED_TYPES = ("RoomStart", "RoomEnd", "RoomExpire", "RecordFinish")
# Databases limit the values of a statement. What is beyond waits for the sweep.
LEASED_AT_MOST = 1000


class LeaseLost(Exception):
    """The lease ran out, and somebody else has taken the events over: nothing may be saved."""


@dataclass(frozen=True, slots=True)
class LeasedEvent:
    """One event of a lease. One that was not due rides along, and its attempt is not counted."""

    pk: int
    event_type: str
    attempts: int
    was_due: bool


@dataclass(frozen=True, slots=True)
class Lease:
    token: str
    events: tuple[LeasedEvent, ...]

    @property
    def event_types(self) -> frozenset[str]:
        return frozenset(event.event_type for event in self.events)


@dataclass(frozen=True, slots=True)
class Deferred:
    """Another look comes first. Without `delay_s` the worker that makes that look sends the event on."""

    delay_s: float | None


@transaction.atomic
def acquire(
    event: CallbackEvent, *, at: dt.datetime, is_urgent: bool = False
) -> Lease | Deferred | None:
    """Lease an event of a room or document, and with it the others that the same look answers.

    Returns None when it is somebody else's, closed, or not due yet. With `is_urgent` it is neither
    put off nor waited for.
    """
    rows = list(_lock_free(event, at=at))
    asked = next((row for row in rows if row.pk == event.pk), None)
    if asked is None:
        return None
    if not is_urgent:
        if not _is_due(asked, at=at):
            return None
        deferred = _defer(asked, at=at)
        if deferred is not None:
            return deferred
    due = {row.pk for row in rows if row.pk == event.pk or _is_due(row, at=at)}
    return _lease(rows, due=due, at=at)


def close_unwanted(event: CallbackEvent, *, at: dt.datetime) -> None:
    """Close an event that nobody has anything to do about."""
    CallbackEvent.objects.filter(pk=event.pk).waiting().unleased(at=at).update(
        state=EventState.PROCESSED,
        outcome=Outcome.NOTHING_TO_DO,
        closed_at=at,
        due_at=None,
        last_error="",
        **LEASE_ENDED,
    )


def renew(lease: Lease) -> None:
    """Extend the lease.

    Raises:
        LeaseLost: somebody else holds the events now.
    """
    _update_all(lease, leased_until=timezone.now() + LEASE)


def close(lease: Lease, outcome: Outcome, changes: Sequence[Changes] = ()) -> None:
    """Save what a look told and close its events, all or nothing.

    Raises:
        LeaseLost: somebody else holds the events now; nothing is saved.
    """
    with transaction.atomic():
        # First, so that nobody takes the events over while the facts are saved.
        _update_all(
            lease,
            state=EventState.PROCESSED,
            outcome=outcome,
            closed_at=timezone.now(),
            due_at=None,
            last_error="",
            **LEASE_ENDED,
        )
        for each in changes:
            each.apply()


def release(lease: Lease, reason: str) -> None:
    """Release the events of a failed look: each waits for its next try, or is given up."""
    at = timezone.now()
    with transaction.atomic():
        own = _lock_own(lease)
        by_attempts: dict[int, list[int]] = {}
        for event in lease.events:
            if event.pk in own:
                by_attempts.setdefault(event.attempts if event.was_due else 0, []).append(event.pk)
        for attempts, event_ids in by_attempts.items():
            _rows(event_ids).update(last_error=reason, **LEASE_ENDED, **_what_next(attempts, at=at))


def _what_next(attempts: int, *, at: dt.datetime) -> dict[str, object]:
    if attempts == 0:  # rode along: its own time is still to come
        return {}
    if attempts >= MAX_ATTEMPTS:
        return {"state": EventState.DEAD, "closed_at": at, "due_at": None}
    return {"due_at": at + backoff(attempts)}


def _lock_free(event: CallbackEvent, *, at: dt.datetime) -> Iterable[CallbackEvent]:
    return (
        CallbackEvent.objects.about_the_same_as(event)
        .waiting()
        .unleased(at=at)
        .defer("data")
        .order_by("pk")
        .select_for_update()[:LEASED_AT_MOST]
    )


def _is_due(event: CallbackEvent, *, at: dt.datetime) -> bool:
    # A message that is a moment early, from a machine whose clock is ahead, is not lost.
    return event.due_at is None or event.due_at <= at + MERGE_WINDOW


def _defer(event: CallbackEvent, *, at: dt.datetime) -> Deferred | None:
    """Put an event off when a look for another one of its type runs, or began a moment ago."""
    others = CallbackEvent.objects.about_the_same_as(event)
    if event.event_type in UNMERGED_TYPES:
        others = others.filter(event_type=event.event_type)
    else:
        # Anybody who can sign can make up types: all unknown types merge as one.
        others = others.exclude(event_type__in=UNMERGED_TYPES)
    is_recent, is_running = Q(begun_at__gt=at - MERGE_WINDOW), Q(leased_until__gt=at)
    latest = (
        others.exclude(pk=event.pk)
        .filter(is_recent | is_running)
        .aggregate(begun_at=Max("begun_at"))["begun_at"]
    )
    if latest is None:
        return None
    if latest > at - MERGE_WINDOW:
        # A clock that is ahead elsewhere puts nothing off for longer.
        until = min(latest, at) + MERGE_WINDOW
        deferred = Deferred(delay_s=(until - at).total_seconds())
    else:
        until, deferred = at + MERGE_WINDOW, Deferred(delay_s=None)
    CallbackEvent.objects.filter(pk=event.pk).update(due_at=until)
    return deferred


def _lease(rows: Sequence[CallbackEvent], *, due: Collection[int], at: dt.datetime) -> Lease:
    values = new_lease(at + LEASE)
    _rows(row.pk for row in rows).update(**values, begun_at=at)
    _rows(due).update(attempts=F("attempts") + 1)
    leased = tuple(
        LeasedEvent(
            pk=row.pk,
            event_type=row.event_type,
            attempts=row.attempts + (row.pk in due),
            was_due=row.pk in due,
        )
        for row in rows
    )
    return Lease(values["lease_token"], leased)


def _update_all(held: Lease, **values: object) -> None:
    """Change the events of a lease, all or none of them.

    Raises:
        LeaseLost: some are no longer ours.
    """
    with transaction.atomic():
        if len(_lock_own(held)) != len(held.events):
            raise LeaseLost
        _rows(event.pk for event in held.events).update(**values)


def _lock_own(held: Lease) -> set[int]:
    """Lock the events that are still ours, in the order in which `acquire` locks them.

    Somebody whose question is a moment old may lock rows of ours before finding them leased; in
    any other order we could wait for each other.
    """
    own = _rows(event.pk for event in held.events).filter(lease_token=held.token).order_by("pk")
    return set(own.select_for_update().values_list("pk", flat=True))


def _rows(event_ids: Iterable[int]) -> CallbackEventQuerySet:
    return CallbackEvent.objects.filter(pk__in=list(event_ids))
