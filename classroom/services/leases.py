"""Who handles which events: claims with a lease, and what is merged into one look.

A look at a room, or a document, answers all of its events that had come when it began. So whoever takes up one
event takes along all others of that room which wait and are nobody's; and an event is put off while
a look for another one of its type runs or began less than half a second ago, so that a storm of
events ends in a first look and a trailing one.

No event is answered by a look that began before it came: a claim covers only rows that it has seen,
and its look begins after it is committed. Two workers that claim for one room at once come one
after the other. On SQLite because transactions are IMMEDIATE. On PostgreSQL because both lock the
room's waiting events, lowest first: the second waits for the first's short transaction, then finds
those rows claimed and passes them over. (Skipping locked rows would let each get a part of them,
and make a look of its own.) Only after that it asks whether a look of its type runs or has just
begun, and then that claim is there to be seen.
"""

from __future__ import annotations

import datetime as dt
import random
import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Max, Q
from django.utils import timezone

from classroom.enums import EventState, Outcome
from classroom.hooks import Changes
from classroom.models import CallbackEvent, CallbackEventQuerySet

# Longer than one call to the cloud may take with all its repetitions; renewed before each.
LEASE = dt.timedelta(minutes=2)
MERGE_WINDOW = dt.timedelta(milliseconds=500)
# Events of these types are looked at once each before they are merged.
TYPES_APART = ("RoomStart", "RoomEnd", "RoomExpire", "RecordFinish")
MAX_TRIES = 12
# Databases limit the values of a statement. What is beyond waits for the sweep.
CLAIMED_AT_MOST = 1000
FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 3600.0


class LeaseLost(Exception):
    """The lease ran out, and somebody else has taken the events over: nothing may be saved."""


@dataclass(frozen=True, slots=True)
class ClaimedEvent:
    """One event of a claim. One that was not due rides along, and its try is not counted."""

    pk: int
    event_type: str
    tries: int
    was_due: bool


@dataclass(frozen=True, slots=True)
class Claim:
    token: str
    events: tuple[ClaimedEvent, ...]

    @property
    def event_types(self) -> frozenset[str]:
        return frozenset(event.event_type for event in self.events)


@dataclass(frozen=True, slots=True)
class PutOff:
    """Another look comes first. Without `delay_s` whoever makes that look sends the event on."""

    delay_s: float | None


@transaction.atomic
def take(
    event: CallbackEvent, *, at: dt.datetime, is_urgent: bool = False
) -> Claim | PutOff | None:
    """Claim an event of a room or document, and with it the others that the same look answers.

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
        put_off = _put_off(asked, at=at)
        if put_off is not None:
            return put_off
    due = {row.pk for row in rows if row.pk == event.pk or _is_due(row, at=at)}
    return _claim(rows, due=due, at=at)


def close_unwanted(event: CallbackEvent, *, at: dt.datetime) -> None:
    """Close an event that nobody has anything to do about."""
    CallbackEvent.objects.filter(pk=event.pk).waiting().unclaimed(at=at).update(
        state=EventState.PROCESSED,
        outcome=Outcome.NOTHING_TO_DO,
        closed_at=at,
        next_try_at=None,
        last_error="",
        claim="",
        claimed_until=None,
    )


def renew(claim: Claim) -> None:
    """Extend the lease.

    Raises:
        LeaseLost: somebody else holds the events now.
    """
    _update_all(claim, claimed_until=timezone.now() + LEASE)


def close(claim: Claim, outcome: Outcome, changes: Sequence[Changes] = ()) -> None:
    """Save what a look told and close its events, all or nothing.

    Raises:
        LeaseLost: somebody else holds the events now; nothing is saved.
    """
    with transaction.atomic():
        # First, so that nobody takes the events over while the facts are saved.
        _update_all(
            claim,
            state=EventState.PROCESSED,
            outcome=outcome,
            closed_at=timezone.now(),
            next_try_at=None,
            last_error="",
            claim="",
            claimed_until=None,
        )
        for each in changes:
            each.apply()


def give_back(claim: Claim, reason: str) -> None:
    """Release the events of a failed look: each waits for its next try, or is given up."""
    at = timezone.now()
    with transaction.atomic():
        own = _lock_own(claim)
        by_tries: dict[int, list[int]] = {}
        for event in claim.events:
            if event.pk in own:
                by_tries.setdefault(event.tries if event.was_due else 0, []).append(event.pk)
        for tries, event_ids in by_tries.items():
            _rows(event_ids).update(
                claim="", claimed_until=None, last_error=reason, **_what_next(tries, at=at)
            )


def wait_s(tries: int) -> float:
    """How long to wait after so many failed tries: 5 s, doubled up to an hour, less up to a tenth."""
    longest: float = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (tries - 1))
    return longest * random.uniform(0.9, 1.0)  # noqa: S311 -- spreads, guards nothing


def _what_next(tries: int, *, at: dt.datetime) -> dict[str, object]:
    if tries == 0:  # rode along: its own time is still to come
        return {}
    if tries >= MAX_TRIES:
        return {"state": EventState.DEAD, "closed_at": at, "next_try_at": None}
    return {"next_try_at": at + dt.timedelta(seconds=wait_s(tries))}


def _lock_free(event: CallbackEvent, *, at: dt.datetime) -> Iterable[CallbackEvent]:
    return (
        CallbackEvent.objects.about_the_same_as(event)
        .waiting()
        .unclaimed(at=at)
        .defer("data")
        .order_by("pk")
        .select_for_update()[:CLAIMED_AT_MOST]
    )


def _is_due(event: CallbackEvent, *, at: dt.datetime) -> bool:
    # A message that is a moment early, from a machine whose clock is ahead, is not lost.
    return event.next_try_at is None or event.next_try_at <= at + MERGE_WINDOW


def _put_off(event: CallbackEvent, *, at: dt.datetime) -> PutOff | None:
    """Put an event off when a look for another one of its type runs, or began a moment ago."""
    others = CallbackEvent.objects.about_the_same_as(event)
    if event.event_type in TYPES_APART:
        others = others.filter(event_type=event.event_type)
    else:
        # Whoever can sign can make up types: all that are not known merge as one.
        others = others.exclude(event_type__in=TYPES_APART)
    is_recent, is_running = Q(begun_at__gt=at - MERGE_WINDOW), Q(claimed_until__gt=at)
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
        put_off = PutOff(delay_s=(until - at).total_seconds())
    else:
        until, put_off = at + MERGE_WINDOW, PutOff(delay_s=None)
    CallbackEvent.objects.filter(pk=event.pk).update(next_try_at=until)
    return put_off


def _claim(rows: Sequence[CallbackEvent], *, due: Collection[int], at: dt.datetime) -> Claim:
    token = secrets.token_hex(16)
    _rows(row.pk for row in rows).update(claim=token, claimed_until=at + LEASE, begun_at=at)
    _rows(due).update(tries=F("tries") + 1)
    claimed = tuple(
        ClaimedEvent(
            pk=row.pk,
            event_type=row.event_type,
            tries=row.tries + (row.pk in due),
            was_due=row.pk in due,
        )
        for row in rows
    )
    return Claim(token, claimed)


def _update_all(held: Claim, **values: object) -> None:
    """Change the events of a claim, all or none of them.

    Raises:
        LeaseLost: some are no longer ours.
    """
    with transaction.atomic():
        if len(_lock_own(held)) != len(held.events):
            raise LeaseLost
        _rows(event.pk for event in held.events).update(**values)


def _lock_own(held: Claim) -> set[int]:
    """Lock the events that are still ours, in the order in which whoever claims locks them.

    Somebody whose question is a moment old may lock rows of ours before finding them claimed; in
    any other order we could wait for each other.
    """
    own = _rows(event.pk for event in held.events).filter(claim=held.token).order_by("pk")
    return set(own.select_for_update().values_list("pk", flat=True))


def _rows(event_ids: Iterable[int]) -> CallbackEventQuerySet:
    return CallbackEvent.objects.filter(pk__in=list(event_ids))
