"""Deletes in the cloud what has been in the trash for its time.

The cloud is told to delete it, and asked whether it has: only its own word makes a replay gone. That a
deletion begins is noted before the call, so that a worker that is killed in between leaves nothing open:
it is deleted again, which does no harm.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, Q, When
from django.utils import timezone

from classroom.client import playbacks, records
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import (
    CloudNotConfigured,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority
from classroom.client.records import DELETED_AT_ONCE
from classroom.client.transport import is_configured
from classroom.enums import Source
from classroom.hooks import NotOurs
from classroom.snapshots import RoomSnapshot
from edu_platform.lib.due import DueLoop, NotReached, Rules, Run, exponential
from edu_platform.lib.leases import LEASE_ENDED
from edu_platform.lib.progress import Portion
from edu_platform.lib.text import error_summary
from replays.enums import NOT_OURS, ROOM_GONE, ReplayEventKind
from replays.models import Replay, ReplayPurge
from replays.models.purge import MANY_PURGES
from replays.models.replay import locked
from replays.services.history import note
from replays.services.state_sync import set_facts
from replays.services.unanswered import error_code
from schedule.enums import RecordMode
from schedule.week_grid import start_of_day

logger = logging.getLogger(__name__)

# A deletion is over by then, or its worker was killed: the replay is due again.
LEASE = dt.timedelta(minutes=10)
# While the cloud does not delete: each pause is twice the one before, within these bounds.
FIRST_PAUSE = dt.timedelta(minutes=10)
LONGEST_PAUSE = dt.timedelta(days=1)
# While only the cloud's confirmation is missing.
UNCONFIRMED_PAUSE = dt.timedelta(minutes=10)
REPLAYS_A_RUN = 500
# Looked at between two calls: shorter than the pause between two runs, so that they seldom overlap.
RUN_LIMIT_S = 25.0


class Unconfirmed(Exception):
    """The cloud took the call, and nobody could ask it yet whether anything is left."""


class TooLateToAsk(Unconfirmed):
    """The run was over before the cloud could be asked: no silence of the cloud."""


class StillListed(Exception):
    """The cloud took the call, and lists the recording all the same."""


class OneMayBreakTheCall(Exception):
    """The cloud was silent again: the rooms have to be named in several calls."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The cloud's answer to a deletion: when it was asked, and how the event words it."""

    asked_at: dt.datetime | None = None
    detail: str = ""


class _Purging(DueLoop[ReplayPurge]):
    """A loop that also notes in the replay's history what the cloud did not delete."""

    def put_off(self, row: ReplayPurge, err: Exception, at: dt.datetime) -> None:
        if isinstance(err, Unconfirmed):
            # That the cloud did not delete it would be more than anybody knows.
            self.rows.end_lease(row, due_at=timezone.now() + UNCONFIRMED_PAUSE)
        else:
            _put_off(row, err, timezone.now())


def purge_due(at: dt.datetime) -> int:
    """Have the cloud delete what has been in the trash for its time; say how many are gone.

    Stops early when the cloud does not answer. Must not run inside a transaction.
    """
    if not is_configured():
        return 0
    rules = Rules(
        name="deletions",
        limit_s=RUN_LIMIT_S,
        silent=(CloudUnavailable, Unconfirmed),
        expected=(
            CloudRejected,
            CloudProtocolError,
            CloudNotConfigured,
            NotOurs,
            StillListed,
            TooLateToAsk,
        ),
    )
    loop = _Purging(rules=rules, rows=ReplayPurge.objects.all(), lease=LEASE, pause=_pause)
    return loop.run_batches(_due(at), _delete_files, at, size=DELETED_AT_ONCE, then=_finish).done


def purging(at: dt.datetime) -> Portion | None:
    """Return how many of those that are to be deleted today are gone, until none is left; two queries at most."""
    is_begun = Q(due_at__lte=at) | Q(has_begun=True)
    waiting = ReplayPurge.objects.filter(is_begun, due_at__isnull=False, replay__purged_at=None)
    if not (left := waiting.count()):
        return None
    today = start_of_day(timezone.localdate(at))
    gone = ReplayPurge.objects.filter(replay__purged_at__gte=today).count()
    return Portion(gone, gone + left)


def _pause(purge: ReplayPurge, _err: Exception, _at: dt.datetime) -> dt.timedelta:
    return exponential(purge.attempts, FIRST_PAUSE, LONGEST_PAUSE)


def _due(at: dt.datetime) -> list[ReplayPurge]:
    due = ReplayPurge.objects.due(at).filter(replay__purged_at=None)
    due = due.select_related("replay__room").prefetch_related("replay__files")
    # First those of which only the cloud's word is missing, that a run which ended early has left.
    turn = Case(When(has_begun=True, last_error="", then=0), default=1)
    return list(due.order_by(turn, "due_at", "pk")[:REPLAYS_A_RUN])


def _delete_files(purges: Sequence[ReplayPurge]) -> dict[int, Exception]:
    """Have the cloud delete the files of these in one call; return what stands against some, by key.

    Raises:
        CloudRejected, CloudProtocolError, CloudNotConfigured: it refused, or told nothing that can be read.
        OneMayBreakTheCall: it was silent, and one of the rooms may be why.
    """
    begun = _begin(purges)
    errors: dict[int, Exception] = {
        purge.pk: NotReached() for purge in purges if purge.pk not in begun
    }
    in_rooms = {
        purge.pk: number
        for purge in purges
        if purge.pk in begun and (number := purge.replay.room_number) is not None
    }
    try:
        records.delete_records(list(in_rooms.values()), Priority.BACKGROUND)
    except CloudUnavailable as silence:
        # The first time it is the cloud itself that is silent.
        if len(in_rooms) > 1 and any(purge.has_begun for purge in purges):
            raise OneMayBreakTheCall from silence
        errors.update(dict.fromkeys(in_rooms, silence))
    return errors


@transaction.atomic
def _begin(purges: Sequence[ReplayPurge]) -> set[int]:
    """Note that these are being deleted: from here on nobody brings them back.

    Returns the keys of those that nobody has brought back since they were leased. What went wrong before
    says nothing any more.
    """
    leased = ReplayPurge.objects.filter(lease_token__in=[purge.lease_token for purge in purges])
    pks = set(leased.order_by("pk").select_for_update().values_list("pk", flat=True))
    ReplayPurge.objects.filter(pk__in=pks).update(has_begun=True, last_error="")
    return pks


def _finish(purge: ReplayPurge, run: Run) -> None:
    """Delete what files do not hold, and save that a replay is gone when the cloud confirms it.

    Raises:
        NotReached: no time is left to delete the rest.
        CloudUnavailable: the cloud was silent when it was told to.
        As `_confirm`.
    """
    replay = purge.replay
    if replay.room_number is not None and _is_signalling(replay):
        if run.is_over:
            raise NotReached
        playbacks.delete_playback(replay.room_number, Priority.BACKGROUND)
    confirmed = _confirm(replay, run)
    _save_gone(replay.pk, timezone.now(), confirmed)


def _is_signalling(replay: Replay) -> bool:
    is_meant = replay.room is not None and replay.room.sent_record_mode == RecordMode.SIGNALLING
    return is_meant or any(file.is_signalling for file in replay.files.all())


def _confirm(replay: Replay, run: Run) -> Confirmed:
    """Ask the cloud whether anything is left.

    Raises:
        StillListed: something is.
        NotOurs: the cloud has the room under another application, so it deleted nothing for us.
        Unconfirmed: no time is left to ask, or the cloud is silent.
        CloudRejected, CloudProtocolError: it refused, or told nothing that can be read.
    """
    if replay.room_number is None:
        return Confirmed()
    if run.is_over:
        raise TooLateToAsk("the run is over")
    snapshot = RoomSnapshot(replay.room_number, priority=Priority.BACKGROUND, source=Source.POLL)
    try:
        is_left = _is_left(replay, snapshot)
    except CloudUnavailable as silence:
        raise Unconfirmed(str(silence)) from silence
    if is_left:
        raise StillListed(f"the cloud still has a recording of room {replay.room_number}")
    return Confirmed(snapshot.asked_at, ROOM_GONE if snapshot.details is None else "")


def _is_left(replay: Replay, snapshot: RoomSnapshot) -> bool:
    if snapshot.details is None:
        questions: list[Callable[[], object]] = [
            lambda: snapshot.recordings,
            lambda: snapshot.streams,
        ]
        if _is_signalling(replay):
            questions.append(lambda: snapshot.playback)
        return any(_is_told_without_room(question) for question in questions)
    if not snapshot.is_ours:
        raise NotOurs(f"room {snapshot.room_id} belongs to another application of the cloud")
    has_playback = _is_signalling(replay) and snapshot.playback is not None
    return bool(
        snapshot.details.record_url or snapshot.recordings or snapshot.streams or has_playback
    )


def _is_told_without_room(question: Callable[[], object]) -> bool:
    """Tell whether the cloud tells of something in a room that it does not have any more."""
    try:
        return bool(question())
    except CloudRejected as err:
        # So it says that there is no such room.
        if is_kind(err, ErrorKind.ROOM_GONE) or is_kind(err, ErrorKind.VALUE_REFUSED):
            return False
        raise


@transaction.atomic
def _save_gone(replay_id: int, at: dt.datetime, confirmed: Confirmed) -> None:
    """Save that a replay is gone. However late this comes, a later answer of the cloud stands.

    Raises:
        StillListed: more came to light after the cloud had confirmed it.
    """
    replay = _locked(replay_id)
    if replay.purged_at is not None:
        return
    if _has_come_to_light(replay, after=confirmed.asked_at):
        raise StillListed(f"a recording of room {replay.room_number} came to light meanwhile")
    replay.files.filter(gone_at=None).update(gone_at=at)
    replay.purged_at = at
    replay.due_at = None
    replay.note_answered()
    if confirmed.asked_at is not None:
        # What somebody read before that, and saves only now, brings nothing back.
        replay.asked_at = max(replay.asked_at or confirmed.asked_at, confirmed.asked_at)
    set_facts(replay, files=list(replay.files.all()), at=at)
    replay.save()
    # The lease ends here, so that how often it was tried is kept.
    ReplayPurge.objects.filter(replay=replay).update(due_at=None, last_error="", **LEASE_ENDED)
    note(replay, ReplayEventKind.PURGED, at=at, detail=confirmed.detail)


def _has_come_to_light(replay: Replay, *, after: dt.datetime | None) -> bool:
    if after is None or replay.asked_at is None or replay.asked_at <= after:
        return False
    return replay.files.filter(gone_at=None, missing_since=None).exists()


@transaction.atomic
def _put_off(purge: ReplayPurge, err: Exception, at: dt.datetime) -> None:
    """Note that the cloud did not delete a replay, and when it is told again."""
    replay = _locked(purge.replay_id)
    why = error_summary(err)
    next_at = at + _pause(purge, err, at)
    if not ReplayPurge.objects.all().end_lease(purge, due_at=next_at, last_error=why):
        return  # meanwhile it is gone, or somebody else's
    log = logger.error if purge.attempts >= MANY_PURGES else logger.warning
    log("replay %s is not deleted after %s tries: %s", replay.code, purge.attempts, why)
    detail = NOT_OURS if isinstance(err, NotOurs) else error_code(err)
    note(replay, ReplayEventKind.PURGE_REFUSED, at=at, detail=detail)


def _locked(replay_id: int) -> Replay:
    return locked(Replay.objects.filter(pk=replay_id)).get()
