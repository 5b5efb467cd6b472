"""Asking the cloud for a room's recording, and saving the answer.

Callback handlers, polling, commands and people all go through here.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from classroom.client.errors import CloudError, CloudRejected
from classroom.client.rate_limits import Priority
from classroom.enums import Source
from classroom.hooks import Changes, NotOurs, RoomEvent
from classroom.selectors import RECORD_FINISHED
from classroom.snapshots import RoomSnapshot
from edu_platform.lib.due import Rules, each
from edu_platform.lib.statements import Statement
from edu_platform.lib.text import error_summary
from replays.enums import AnswerKind, ReplayEventKind, ReplayReason, ReplayState
from replays.models import Replay, ReplayEvent, ReplayFile, ReplayPurge
from replays.models.replay import locking
from replays.services.files import Listing, SavedFiles, fetch_files, save_files
from replays.services.history import DETAIL_CHARS, note, note_many
from replays.services.planning import follow_rooms
from replays.services.state_sync import (
    schedule_next_ask,
    set_facts,
    state_detail,
    with_facts_of,
)
from replays.services.unanswered import put_off
from replays.wording.refresh import Answer
from schedule.enums import CloudStatus
from schedule.models import Room
from schedule.rooms.handlers import refresh_room

logger = logging.getLogger(__name__)

# Threads of a process that may wait for a manual refresh; the others keep serving pages.
SLOTS = 16
_slots = threading.BoundedSemaphore(SLOTS)

# One manual refresh of a replay at a time, and not again right after.
PAUSE = dt.timedelta(seconds=10)
# A refresh is over by then, or its process was killed.
LONGEST_QUESTION = dt.timedelta(minutes=1)
# How long a person waits for a refresh of several; it also stops when the cloud is silent.
ASK_LIMIT_S = 20.0
# In the administration, one choice may hold this many: as many as one request can ask for.
ASKED_AT_ONCE = 500
KIND_OF_STATE = {
    ReplayState.EXPECTED: AnswerKind.NOT_HELD,
    ReplayState.RECORDING: AnswerKind.NOT_HELD,
    ReplayState.PROCESSING: AnswerKind.NOTHING_YET,
    ReplayState.NONE: AnswerKind.NONE,
    ReplayState.FAILED: AnswerKind.NOTHING_YET,
}
KIND_OF_REASON = {
    ReplayReason.ROOM_GONE: AnswerKind.NO_SUCH_ROOM,
    ReplayReason.NEVER_HELD: AnswerKind.NOT_STARTED,
    ReplayReason.STORAGE_FULL: AnswerKind.NONE,
}


@dataclass(frozen=True, slots=True)
class RoomAnswer:
    """The cloud's answer about a room's files; without `listing` it was not asked."""

    snapshot: RoomSnapshot
    listing: Listing | None

    def apply(self) -> None:
        save_answer(self.snapshot, self.listing)


@dataclass(frozen=True, slots=True)
class RoomRefresh:
    """The outcome of a room's class and of its recording."""

    room: Changes
    recording: RoomAnswer

    @transaction.atomic
    def apply(self) -> None:
        self.room.apply()
        self.recording.apply()


def ask(room_id: int, *, priority: Priority, source: Source) -> RoomRefresh:
    """Ask the cloud about a room; `apply()` saves the answer.

    Raises:
        NotOurs: no room of our application, and none that was known here.
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not tell.
    """
    snapshot = RoomSnapshot(room_id, priority=priority, source=source)
    event = RoomEvent(room_id=room_id, event_types=frozenset(), snapshot=snapshot)
    return RoomRefresh(refresh_room(event), fetch_answer(event))


def ask_now(replay: Replay, *, person: User, at: dt.datetime) -> Answer:
    """Refresh one replay from the cloud while a person waits, and return the outcome.

    Of concurrent requests one asks. The answer is saved, and who asked. Must not run inside a transaction.
    """
    if not _slots.acquire(blocking=False):
        return Answer(AnswerKind.BUSY)
    try:
        return _ask_and_note(replay, person, at)
    finally:
        _slots.release()


def _ask_and_note(replay: Replay, person: User, at: dt.datetime) -> Answer:
    event = _begin_question(replay.pk, person, at)
    if isinstance(event, AnswerKind):
        return Answer(event)
    kind = AnswerKind.FAULT
    try:
        kind = _ask_for_person(event.replay, at)
    finally:
        _end_question(event, kind)
    known = Replay.objects.get(pk=replay.pk)
    present = list(known.files.filter(gone_at=None))
    missing = [file.number for file in present if file.missing_since is not None]
    return Answer(
        kind,
        files=len(present) - len(missing),
        missing=spans(missing),
        next_ask_at=known.due_at,
    )


@transaction.atomic
def _begin_question(replay_id: int, person: User, at: dt.datetime) -> ReplayEvent | AnswerKind:
    """Record that somebody asks, or return why the cloud is not asked now."""
    replay = Replay.objects.select_for_update(of=("self",)).get(pk=replay_id)
    if replay.purged_at is not None:
        return AnswerKind.DELETED
    if replay.room_number is None:
        return AnswerKind.NO_ROOM
    last_at, until = replay.asked_by_hand_at, replay.asked_by_hand_until
    if until is not None and at < until:
        return AnswerKind.ASKING
    if last_at is not None and at - last_at < PAUSE:
        return AnswerKind.TOO_SOON
    replay.asked_by_hand_at, replay.asked_by_hand_until = at, at + LONGEST_QUESTION
    replay.save(update_fields=["asked_by_hand_at", "asked_by_hand_until"])
    return note(
        replay,
        ReplayEventKind.ASKED_BY_HAND,
        at=at,
        source=Source.BY_HAND,
        person=person,
        detail=AnswerKind.ASKING,
    )


def _end_question(event: ReplayEvent, kind: AnswerKind) -> None:
    ReplayEvent.objects.filter(pk=event.pk).update(detail=kind)
    # If this took too long, somebody else may have started another refresh.
    mine = Replay.objects.filter(pk=event.replay_id, asked_by_hand_at=event.at)
    mine.update(asked_by_hand_until=None)


def _ask_for_person(replay: Replay, at: dt.datetime) -> AnswerKind:
    if replay.room_number is None:
        return AnswerKind.NO_ROOM
    # Not the moment of the click: it may have waited for an answer that was saved meanwhile.
    began_at = timezone.now()
    try:
        ask(replay.room_number, priority=Priority.INTERACTIVE, source=Source.BY_HAND).apply()
    except NotOurs:
        return AnswerKind.NO_SUCH_ROOM
    except CloudError as err:
        logger.warning("recording of room %s: %s", replay.room_number, error_summary(err))
        _put_off(replay, err, at, began_at=began_at)
        return AnswerKind.REFUSED if isinstance(err, CloudRejected) else AnswerKind.SILENT
    except Exception as err:
        # A bug with one replay must not stop the others of the same request; the person is told, and the log
        # has the trace.
        logger.exception("recording of room %s", replay.room_number)
        _put_off(replay, err, at, began_at=began_at)
        return AnswerKind.FAULT
    return _kind_of(Replay.objects.get(pk=replay.pk), at)


def _kind_of(replay: Replay, at: dt.datetime) -> AnswerKind:
    """The cloud's answer: which files it lists, before our conclusions."""
    files = list(replay.files.all())
    present = [file for file in files if file.gone_at is None]
    if any(file.missing_since is None for file in present):
        return AnswerKind.FOUND
    if files:
        return AnswerKind.MISSING if present else AnswerKind.GONE
    if replay.state == ReplayState.EXPECTED and replay.planned_end <= at:
        return AnswerKind.NOT_STARTED
    # For one in the trash, only what the cloud lists is known here.
    kind = KIND_OF_STATE.get(ReplayState(replay.state), AnswerKind.NOTHING_YET)
    return KIND_OF_REASON.get(ReplayReason(replay.reason), kind)


def _put_off(replay: Replay, err: Exception, at: dt.datetime, *, began_at: dt.datetime) -> None:
    if replay.due_at is not None:
        put_off(replay.pk, err, at, began_at=began_at)


def fetch_answer(event: RoomEvent) -> RoomAnswer:
    """Fetch the files of a class that may have some.

    Raises:
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not tell.
    """
    known = list(ReplayFile.objects.filter(replay__room__room_id=event.room_id))
    details = event.snapshot.details
    if details is None or not event.snapshot.is_ours:
        # Gone, or the number was mistyped and is somebody else's.
        listing: Listing | None = Listing()
    elif _may_have_files(event, details.status) or known:
        listing = fetch_files(event.snapshot, known=known)
    else:
        listing = None
    return RoomAnswer(event.snapshot, listing)


def _may_have_files(event: RoomEvent, status: int) -> bool:
    # Manual recordings can be finished while the class is running.
    return status == CloudStatus.ENDED or RECORD_FINISHED in event.event_types


@transaction.atomic
def save_answer(snapshot: RoomSnapshot, listing: Listing | None) -> None:
    """Save what the cloud listed, unless a later answer was saved before.

    Without `listing` the cloud was not asked for any. The room's own state must be saved already.
    """
    if listing is None:
        return
    replay = _locked_replay(snapshot.room_id)
    if replay is None:
        # A room older than this app: no hook created its replay.
        follow_rooms(Room.objects.filter(room_id=snapshot.room_id).values_list("pk", flat=True))
        replay = _locked_replay(snapshot.room_id)
    if replay is None:
        return
    if replay.asked_at is not None and replay.asked_at > snapshot.asked_at:
        return
    _take_answer(replay, listing, source=snapshot.source, at=snapshot.asked_at)


def _locked_replay(room_id: int) -> Replay | None:
    found = with_facts_of(_LOCKED_OF_ROOM.rows(room_id=room_id))
    return found[0] if found else None


_LOCKED_OF_ROOM = Statement(lambda room_id: locking(Replay.objects.filter(room__room_id=room_id)))


def _take_answer(replay: Replay, listing: Listing, *, source: Source, at: dt.datetime) -> None:
    saved = save_files(replay, listing, source=source, at=at)
    if saved.files and replay.found_at is None:
        replay.found_at, replay.found_by = at, source
    events = _events_of_answer(replay, saved, source=source, at=at)
    replay.asked_at = at
    if replay.room is not None and replay.room.cloud_status == CloudStatus.ENDED:
        replay.asks += 1
    replay.note_answered()
    if replay.purged_at is not None and any(file.gone_at is None for file in saved.files):
        # More files of a deleted replay turned up.
        replay.purged_at = None
        ReplayPurge.objects.filter(replay=replay).update(due_at=at)
    if set_facts(replay, files=saved.files, at=at):
        detail = state_detail(replay)
        events.append(
            ReplayEvent(
                replay=replay, kind=ReplayEventKind.STATE, at=at, source=source, detail=detail
            )
        )
    schedule_next_ask(replay, files=saved.files, at=at)
    replay.save()
    note_many(events)


def _events_of_answer(
    replay: Replay, saved: SavedFiles, *, source: Source, at: dt.datetime
) -> list[ReplayEvent]:
    """Return the events for what is new in an answer that is not saved yet."""
    events = []
    if replay.unreachable_since is not None:
        events.append(
            ReplayEvent(replay=replay, kind=ReplayEventKind.ANSWERS, at=at, source=source)
        )
    is_first = not replay.asks and replay.state == ReplayState.PROCESSING
    if is_first and not saved.files:
        events.append(
            ReplayEvent(replay=replay, kind=ReplayEventKind.NOTHING_YET, at=at, source=source)
        )
    if not replay.has_purge_begun:  # what we deleted is not missing
        events += [
            ReplayEvent(replay=replay, kind=kind, at=at, source=source, detail=spans(numbers))
            for kind, numbers in saved.changes.items()
        ]
    return events


def spans(numbers: list[int]) -> str:
    """Numbers of files as ranges: 1-3, 5."""
    told: list[list[int]] = []
    for number in sorted(numbers):
        if told and number == told[-1][1] + 1:
            told[-1][1] = number
        else:
            told.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in told)[:DETAIL_CHARS]


class NobodyAnswers(Exception):
    """The cloud is silent, or too many people wait for it: whoever is next would wait in vain."""


BY_HAND = Rules(
    name="replays checked by hand", limit_s=ASK_LIMIT_S, silent=(NobodyAnswers,), stop_after=1
)


def ask_several(replays: Iterable[Replay], *, person: User) -> list[tuple[Replay, AnswerKind]]:
    """Refresh one after the other within the time limit, and return the outcomes.

    Must not run inside a transaction.
    """
    answers: list[tuple[Replay, AnswerKind]] = []

    def ask(replay: Replay) -> None:
        kind = ask_now(replay, person=person, at=timezone.now()).kind
        answers.append((replay, kind))
        if kind in {AnswerKind.SILENT, AnswerKind.BUSY}:
            raise NobodyAnswers(kind.value)

    each(BY_HAND, replays, ask, timezone.now())
    return answers
