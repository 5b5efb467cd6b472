"""The end in the cloud of what was in the trash for its time.

The cloud is told to delete it, and asked whether it has: only its own word makes a replay gone. Whoever
deletes takes a replay for a while and counts the try before the call, so that a worker that is killed in
between leaves nothing open: it is deleted again, which does no harm.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, F, Q, When
from django.utils import timezone

from classroom.client import playbacks, records
from classroom.client.codes import ErrorKind, is_kind
from classroom.client.errors import (
    CloudError,
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
from edu_platform.lib.due import SILENCES_IN_A_ROW, NotReached, Rules, Run, exponential
from edu_platform.lib.text import error_summary
from replays.enums import NOT_OURS, ROOM_GONE, ReplayEventKind
from replays.models import Replay
from replays.models.replay import MANY_PURGES
from replays.services.history import note
from replays.services.locking import locked
from replays.services.state_sync import set_facts
from replays.services.unanswered import error_code
from schedule.enums import RecordMode

logger = logging.getLogger(__name__)

# Whoever deletes has so long; after it the replay is due again, if its worker was killed.
LEASE = dt.timedelta(minutes=10)
# While the cloud does not delete: each pause is twice the one before, within these bounds.
FIRST_PAUSE = dt.timedelta(minutes=10)
LONGEST_PAUSE = dt.timedelta(days=1)
REPLAYS_A_RUN = 500
# Looked at between two calls: shorter than the pause between two runs, so that they seldom overlap.
RUN_LIMIT_S = 25.0


class Unconfirmed(Exception):
    """The cloud took the call, and nobody could ask it yet whether anything is left."""


class StillListed(Exception):
    """The cloud took the call, and lists the recording all the same."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the cloud said of a deletion: when it was asked, and how the event words it."""

    asked_at: dt.datetime | None = None
    detail: str = ""


def purge_due(at: dt.datetime) -> int:
    """Have the cloud delete what has been in the trash for its time; say how many are gone.

    Stops early when the cloud does not answer. Must not run inside a transaction.
    """
    if not is_configured():
        return 0
    run = Run(_rules(), at)
    due = _due(at)
    for start in range(0, len(due), DELETED_AT_ONCE):
        if run.is_over:
            break
        mine = [replay for replay in due[start : start + DELETED_AT_ONCE] if _take(replay, at)]
        errors = _delete_in_cloud(mine, run)
        for replay in mine:
            _finish(replay, errors.get(replay.pk), run)
    run.log()
    return run.done


def _rules() -> Rules:
    expected = (CloudRejected, CloudProtocolError, CloudNotConfigured, NotOurs, StillListed)
    silent = (CloudUnavailable,)
    return Rules(name="deletions", limit_s=RUN_LIMIT_S, silent=silent, expected=expected)


def _due(at: dt.datetime) -> list[Replay]:
    due = Replay.objects.filter(purge_at__lte=at, deleted_at__isnull=False, purged_at=None)
    due = due.select_related("room").prefetch_related("files")
    # First those of which only the cloud's word is missing, that a run which ended early has left.
    is_unconfirmed = Q(purge_tries__gt=0, purge_error="")
    turn = Case(When(is_unconfirmed, then=0), default=1)
    return list(due.order_by(turn, "purge_at", "pk")[:REPLAYS_A_RUN])


def _take(replay: Replay, at: dt.datetime) -> bool:
    """Take a deletion for ourselves, and count the try: from here on nobody brings the replay back."""
    same = Replay.objects.filter(
        pk=replay.pk, purge_at=replay.purge_at, deleted_at__isnull=False, purged_at=None
    )
    return bool(same.update(purge_at=at + LEASE, purge_tries=F("purge_tries") + 1))


def _delete_in_cloud(replays: Sequence[Replay], run: Run) -> dict[int, Exception]:
    """Have the cloud delete all that there is of these; return what stands against it, by key.

    Files go in one call. One that the cloud refuses, or breaks at, must not keep the others, so then
    each has a call of its own.
    """
    in_rooms = [replay for replay in replays if replay.room_number is not None]
    numbers = [replay.room_number for replay in in_rooms if replay.room_number is not None]
    errors: dict[int, Exception] = {}
    try:
        records.delete_records(numbers, Priority.BACKGROUND)
    except CloudError as err:
        if len(in_rooms) == 1 or _is_silence(err, in_rooms):
            return {replay.pk: err for replay in in_rooms}
        errors = _delete_one_by_one(_delete_files, in_rooms, run)
    except Exception:
        # A fault of ours with one of them, whatever it is, must not keep the others either.
        logger.exception("recordings of rooms %s", numbers)
        errors = _delete_one_by_one(_delete_files, in_rooms, run)
    signalling = [each for each in in_rooms if each.pk not in errors and _is_signalling(each)]
    return errors | _delete_one_by_one(playbacks.delete_playback, signalling, run)


def _is_silence(err: CloudError, replays: Sequence[Replay]) -> bool:
    """Whether the cloud itself may be what failed: a second time, one of the rooms may be as well."""
    return not isinstance(err, CloudRejected) and not any(each.purge_tries for each in replays)


def _delete_one_by_one(
    delete: Callable[[int, Priority], None], replays: Sequence[Replay], run: Run
) -> dict[int, Exception]:
    """Delete each by a call of its own, until the run is over or the cloud is silent."""
    errors: dict[int, Exception] = {}
    silences = 0
    for replay in replays:
        if run.took_s > RUN_LIMIT_S or silences >= SILENCES_IN_A_ROW:
            errors[replay.pk] = NotReached()
            continue
        said = _said_against(delete, replay)
        silences = silences + 1 if isinstance(said, CloudUnavailable) else 0
        if said is not None:
            errors[replay.pk] = said
    return errors


def _delete_files(room_number: int, priority: Priority) -> None:
    records.delete_records([room_number], priority)


def _said_against(delete: Callable[[int, Priority], None], replay: Replay) -> Exception | None:
    if replay.room_number is None:
        return None
    try:
        delete(replay.room_number, Priority.BACKGROUND)
    except Exception as err:  # noqa: BLE001 -- raised again, and logged, where its outcome is saved
        return err
    return None


def _is_signalling(replay: Replay) -> bool:
    is_meant = replay.room is not None and replay.room.sent_record_mode == RecordMode.SIGNALLING
    return is_meant or any(file.is_signalling for file in replay.files.all())


def _finish(replay: Replay, err: Exception | None, run: Run) -> None:
    """Save what came of a deletion; one that cannot be saved is due again when its lease is over."""
    try:
        _save_outcome(replay, err, run)
    except Exception:
        # Whatever it is, it holds up no other; the log has the trace.
        logger.exception("deletion of replay %s", replay.code)


def _save_outcome(replay: Replay, err: Exception | None, run: Run) -> None:
    """Save that a replay is gone when the cloud confirms it; else when it is tried again."""
    try:
        confirmed = _confirm(replay, err, run)
        _save_gone(replay.pk, timezone.now(), confirmed)
        run.count(replay, None)
    except NotReached:
        _give_back(replay)
    except Unconfirmed:
        # Left to its lease: that the cloud did not delete it would be more than anybody knows.
        Replay.objects.filter(pk=replay.pk, purged_at=None).update(purge_error="")
    except Exception as err:  # noqa: BLE001 -- whatever it is, it is logged and holds up no other
        run.count(replay, err)
        _put_off(replay.pk, err, timezone.now())


def _give_back(replay: Replay) -> None:
    """Let one that was not reached be due as before, and come first.

    A call for it and others may have had an effect: it cannot be brought back any more.
    """
    taken = Replay.objects.filter(pk=replay.pk, purged_at=None)
    taken.update(purge_at=replay.purge_at, purge_tries=max(replay.purge_tries, 1), purge_error="")


def _confirm(replay: Replay, err: Exception | None, run: Run) -> Confirmed:
    """Ask the cloud whether anything is left, when it has not refused before.

    Raises:
        StillListed: something is.
        NotOurs: the cloud has the room under another application, so it deleted nothing for us.
        Unconfirmed: no time is left to ask, or the cloud is silent.
        CloudUnavailable: it was silent when it was told to delete.
        CloudRejected, CloudProtocolError: it refused, or told nothing that can be read.
    """
    if err is not None:
        raise err
    if replay.room_number is None:
        return Confirmed()
    if run.is_over:
        raise Unconfirmed
    look = RoomSnapshot(replay.room_number, priority=Priority.BACKGROUND, source=Source.POLL)
    try:
        is_left = _is_left(replay, look)
    except CloudUnavailable as silence:
        run.count(replay, silence)
        raise Unconfirmed from silence
    if is_left:
        raise StillListed(f"the cloud still has a recording of room {replay.room_number}")
    return Confirmed(look.asked_at, ROOM_GONE if look.details is None else "")


def _is_left(replay: Replay, look: RoomSnapshot) -> bool:
    if look.details is None:
        questions: list[Callable[[], object]] = [lambda: look.recordings, lambda: look.streams]
        if _is_signalling(replay):
            questions.append(lambda: look.playback)
        return any(_is_told_without_room(question) for question in questions)
    if not look.is_ours:
        raise NotOurs(f"room {look.room_id} belongs to another application of the cloud")
    has_playback = _is_signalling(replay) and look.playback is not None
    return bool(look.details.record_url or look.recordings or look.streams or has_playback)


def _is_told_without_room(question: Callable[[], object]) -> bool:
    """Whether the cloud tells of something in a room that it does not have any more."""
    try:
        return bool(question())
    except CloudRejected as err:
        # So it says that there is no such room.
        if is_kind(err, ErrorKind.ROOM_GONE) or is_kind(err, ErrorKind.VALUE_REFUSED):
            return False
        raise


@transaction.atomic
def _save_gone(replay_id: int, at: dt.datetime, confirmed: Confirmed) -> None:
    replay = _locked(replay_id)
    if replay.purged_at is not None:
        return
    replay.files.filter(gone_at=None).update(gone_at=at)
    replay.purged_at, replay.purge_at = at, None
    replay.purge_error = ""
    replay.due_at = None
    replay.note_answered()
    if confirmed.asked_at is not None:
        # What somebody read before that, and saves only now, brings nothing back.
        replay.asked_at = max(replay.asked_at or confirmed.asked_at, confirmed.asked_at)
    set_facts(replay, files=list(replay.files.all()), at=at)
    replay.save()
    note(replay, ReplayEventKind.PURGED, at=at, detail=confirmed.detail)


@transaction.atomic
def _put_off(replay_id: int, err: Exception, at: dt.datetime) -> None:
    """Note that the cloud did not delete a replay, and when it is told again."""
    replay = _locked(replay_id)
    if replay.purged_at is not None:
        return
    why = error_summary(err)
    log = logger.error if replay.purge_tries >= MANY_PURGES else logger.warning
    log("replay %s is not deleted after %s tries: %s", replay.code, replay.purge_tries, why)
    replay.purge_at = at + exponential(replay.purge_tries, FIRST_PAUSE, LONGEST_PAUSE)
    replay.purge_error = why
    replay.save(update_fields=["purge_at", "purge_error"])
    detail = NOT_OURS if isinstance(err, NotOurs) else error_code(err)
    note(replay, ReplayEventKind.PURGE_REFUSED, at=at, detail=detail)


def _locked(replay_id: int) -> Replay:
    return locked(Replay.objects.filter(pk=replay_id)).get()
