"""The state of a replay and its next poll, decided from facts alone.

Pure functions: no clock, database or cloud. The same facts give the same state, in whatever order they came.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from edu_platform.lib.due import by_age
from replays.enums import ReplayReason, ReplayState
from replays.polling_times import (
    FIRST_DOUBT,
    GIVE_UP_AFTER,
    GROWTH,
    LONGEST_DOUBT,
    NOT_STARTED_AFTER,
    next_poll,
    next_question,
)
from schedule.enums import CloudStatus, RecordMode
from schedule.polling_times import NEVER_HELD_AFTER

# What can be moved to the trash. Without a recording there is nothing to delete: upcoming, running
# and unrecorded classes, and those whose recording somebody deleted in the cloud.
DELETABLE = frozenset({ReplayState.PROCESSING, ReplayState.READY, ReplayState.FAILED})


@dataclass(frozen=True, slots=True)
class RoomFacts:
    """Facts about the room of the class."""

    status: CloudStatus
    record_mode: int
    is_gone: bool
    was_never_held: bool
    # When the class ended; the planned end when the cloud never told.
    ended_at: dt.datetime
    # The cloud had no storage left for a recording, so the room was made without one.
    was_recording_refused: bool = False
    # Somebody started a recording by hand, so that there will be a file.
    was_started_by_hand: bool = False

    @property
    def may_be_unrecorded(self) -> bool:
        """Tell whether it was to be recorded by hand, and nobody is known to have done it."""
        return self.record_mode == RecordMode.MANUAL and not self.was_started_by_hand


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Facts about the files that were ever found."""

    is_any_present: bool
    # Only single streams are there: the class's recording may still come.
    are_streams_alone: bool
    # Since when the cloud does not list a known file; None when it lists all.
    missing_since: dt.datetime | None
    # When the latest was found; None before the first.
    last_found_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class ReplayFacts:
    """Everything that decides on a replay's state."""

    record_mode: int  # the lesson's choice; without a lesson, the room's
    is_cancelled: bool
    planned_end: dt.datetime
    room: RoomFacts | None
    files: FileFacts
    # The last time that the cloud told which files there are.
    asked_at: dt.datetime | None
    # Since when the cloud has only refused to tell.
    refused_since: dt.datetime | None = None
    # Moved to the trash; deleted in the cloud for us.
    is_trashed: bool = False
    is_purged: bool = False


def decide(facts: ReplayFacts, at: dt.datetime) -> tuple[ReplayState, ReplayReason]:
    """Return the state and reason of a replay: what people did comes first."""
    if facts.is_purged:
        return ReplayState.DELETED, ReplayReason.DELETED_HERE
    if facts.is_trashed:
        return ReplayState.DELETED, ReplayReason.TRASHED
    return state_ignoring_trash(facts, at)


def state_ignoring_trash(facts: ReplayFacts, at: dt.datetime) -> tuple[ReplayState, ReplayReason]:
    """Return the state of a replay as if it were not in the trash."""
    if facts.files.is_any_present:
        return ReplayState.READY, ReplayReason.FOUND
    if facts.files.last_found_at is not None:
        return ReplayState.DELETED, ReplayReason.VANISHED
    room = facts.room
    if room is not None and room.status is CloudStatus.RUNNING and not room.is_gone:
        by_hand = room.record_mode == RecordMode.MANUAL
        running = ReplayReason.BY_HAND_RUNNING if by_hand else ReplayReason.RUNNING
        return _without_files(room, ReplayState.RECORDING, running)
    if room is not None and room.status in {CloudStatus.RUNNING, CloudStatus.ENDED}:
        return _after_class(facts, room, at)
    return _before_class(facts, at)


def _after_class(
    facts: ReplayFacts, room: RoomFacts, at: dt.datetime
) -> tuple[ReplayState, ReplayReason]:
    """The outcome of a class that was held. Given up only after a last question to the cloud."""
    asked_at, refused_since = facts.asked_at, facts.refused_since
    if room.is_gone:
        return _without_files(room, ReplayState.FAILED, ReplayReason.ROOM_GONE)
    if is_refused_for_good(refused_since, room.ended_at, at):
        return _without_files(room, ReplayState.FAILED, ReplayReason.REFUSED)
    asked_after = asked_at - room.ended_at if asked_at is not None else dt.timedelta()
    if room.may_be_unrecorded:
        if asked_after >= NOT_STARTED_AFTER:
            return ReplayState.NONE, ReplayReason.NOT_STARTED_BY_HAND
        return ReplayState.PROCESSING, ReplayReason.BY_HAND_ENDED
    if asked_after >= GIVE_UP_AFTER:
        return _without_files(room, ReplayState.FAILED, ReplayReason.GIVEN_UP)
    return _without_files(room, ReplayState.PROCESSING, ReplayReason.ENDED)


def is_refused_for_good(
    refused_since: dt.datetime | None, ended_at: dt.datetime, at: dt.datetime
) -> bool:
    """Tell whether the cloud has refused for so long that polling stops."""
    return refused_since is not None and at - max(refused_since, ended_at) >= GIVE_UP_AFTER


def _without_files(
    room: RoomFacts, state: ReplayState, reason: ReplayReason
) -> tuple[ReplayState, ReplayReason]:
    """The given state, unless no file is to be expected at all."""
    if room.was_recording_refused:
        return ReplayState.FAILED, ReplayReason.STORAGE_FULL
    if room.record_mode == RecordMode.NONE:
        return ReplayState.NONE, ReplayReason.NOT_RECORDED
    return state, reason


def _before_class(facts: ReplayFacts, at: dt.datetime) -> tuple[ReplayState, ReplayReason]:
    room = facts.room
    if facts.is_cancelled:
        return ReplayState.NONE, ReplayReason.CANCELLED
    if room is not None and room.is_gone:
        return ReplayState.NONE, ReplayReason.ROOM_GONE
    is_room_missing = room is None and at >= facts.planned_end + NEVER_HELD_AFTER
    if is_room_missing or (room is not None and room.was_never_held):
        return ReplayState.NONE, ReplayReason.NEVER_HELD
    if facts.record_mode == RecordMode.NONE:
        return ReplayState.NONE, ReplayReason.NOT_RECORDED
    return ReplayState.EXPECTED, ReplayReason.TO_COME


def next_ask(
    state: ReplayState, facts: ReplayFacts, *, asks: int, at: dt.datetime
) -> dt.datetime | None:
    """Return when to poll for the recording next; None: no more, or not yet.

    `state` ignores the trash: replays that may be restored are still polled. `asks` is how often it was asked
    since the class ended: the first question comes at once.
    """
    room = facts.room
    if room is None or facts.is_purged:
        return None
    if state is ReplayState.PROCESSING:
        return next_question(room.ended_at, asks=asks, at=at)
    if state is ReplayState.READY and _is_recording_to_come(facts, room, at):
        return next_question(room.ended_at, asks=asks, at=at)
    if state is ReplayState.READY:
        files = facts.files
        return next_poll(files.last_found_at, files.missing_since, ended_at=room.ended_at, at=at)
    is_unknown = state_ignoring_trash(facts, at)[1] is ReplayReason.ROOM_GONE
    is_lost = state is ReplayState.DELETED or (state is ReplayState.FAILED and room.is_gone)
    if (is_lost or is_unknown) and at < room.ended_at + GIVE_UP_AFTER:
        return at + by_age(abs(at - room.ended_at), GROWTH, FIRST_DOUBT, LONGEST_DOUBT)
    return None


def _is_recording_to_come(facts: ReplayFacts, room: RoomFacts, at: dt.datetime) -> bool:
    """Tell whether to look for the class's recording although single streams are there."""
    files = facts.files
    if not files.are_streams_alone or files.missing_since is not None:
        return False
    if room.status is not CloudStatus.ENDED or room.record_mode == RecordMode.NONE:
        return False
    longest = NOT_STARTED_AFTER if room.may_be_unrecorded else GIVE_UP_AFTER
    return at < room.ended_at + longest
