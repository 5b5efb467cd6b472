"""The state of a replay follows from facts alone, and the next question comes later and later."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from replays.enums import ReplayReason, ReplayState
from replays.states import (
    FileFacts,
    ReplayFacts,
    RoomFacts,
    decide,
    next_ask,
    state_ignoring_trash,
)
from schedule.enums import CloudStatus, RecordMode
from tests.support.classes import known

ENDED = dt.datetime(2026, 3, 2, 1, 45, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)

NO_FILES = FileFacts(
    is_any_present=False, are_streams_alone=False, missing_since=None, last_found_at=None
)
A_FILE = FileFacts(
    is_any_present=True,
    are_streams_alone=False,
    missing_since=None,
    last_found_at=ENDED + MINUTE,
)
ROOM = RoomFacts(
    status=CloudStatus.NOT_STARTED,
    record_mode=RecordMode.AUTOMATIC,
    is_gone=False,
    was_never_held=False,
    ended_at=ENDED,
)
PLANNED = ReplayFacts(
    record_mode=RecordMode.AUTOMATIC,
    is_cancelled=False,
    planned_end=ENDED,
    room=ROOM,
    files=NO_FILES,
    asked_at=None,
)


def with_room(**facts: Any) -> ReplayFacts:
    return replace(PLANNED, room=replace(ROOM, **facts))


def ended(**facts: Any) -> ReplayFacts:
    return with_room(status=CloudStatus.ENDED, **facts)


@pytest.mark.parametrize(
    ("situation", "after_end", "wait"),
    [
        (with_room(is_gone=True), HOUR, 15 * MINUTE),
        (with_room(is_gone=True), -4 * DAY, DAY),
        (with_room(is_gone=True), 29 * DAY, DAY),
        (with_room(is_gone=True), 30 * DAY, None),
        (replace(with_room(is_gone=True), is_cancelled=True), HOUR, None),
    ],
)
def test_room_that_the_cloud_does_not_know_is_asked_for_again(
    situation: ReplayFacts, after_end: dt.timedelta, wait: dt.timedelta | None
):
    at = ENDED + after_end
    state, _reason = decide(situation, at)

    asked_at = next_ask(state, situation, asks=0, at=at)

    assert asked_at == (None if wait is None else at + wait)


@pytest.mark.parametrize(
    ("situation", "after_end", "state", "reason"),
    [
        (PLANNED, -HOUR, ReplayState.EXPECTED, ReplayReason.TO_COME),
        (replace(PLANNED, room=None), -HOUR, ReplayState.EXPECTED, ReplayReason.TO_COME),
        (replace(PLANNED, room=None), HOUR, ReplayState.EXPECTED, ReplayReason.TO_COME),
        (replace(PLANNED, room=None), DAY, ReplayState.NONE, ReplayReason.NEVER_HELD),
        (with_room(was_never_held=True), DAY, ReplayState.NONE, ReplayReason.NEVER_HELD),
        (with_room(is_gone=True), DAY, ReplayState.NONE, ReplayReason.ROOM_GONE),
        (replace(PLANNED, is_cancelled=True), -HOUR, ReplayState.NONE, ReplayReason.CANCELLED),
        (
            replace(PLANNED, record_mode=RecordMode.NONE),
            -HOUR,
            ReplayState.NONE,
            ReplayReason.NOT_RECORDED,
        ),
        (
            with_room(status=CloudStatus.RUNNING),
            -HOUR,
            ReplayState.RECORDING,
            ReplayReason.RUNNING,
        ),
        (
            with_room(status=CloudStatus.RUNNING, record_mode=RecordMode.NONE),
            -HOUR,
            ReplayState.NONE,
            ReplayReason.NOT_RECORDED,
        ),
        (ended(), MINUTE, ReplayState.PROCESSING, ReplayReason.ENDED),
        (
            with_room(status=CloudStatus.RUNNING, record_mode=RecordMode.MANUAL),
            -HOUR,
            ReplayState.RECORDING,
            ReplayReason.BY_HAND_RUNNING,
        ),
        (
            ended(record_mode=RecordMode.MANUAL),
            MINUTE,
            ReplayState.PROCESSING,
            ReplayReason.BY_HAND_ENDED,
        ),
        (
            ended(record_mode=RecordMode.MANUAL, was_started_by_hand=True),
            MINUTE,
            ReplayState.PROCESSING,
            ReplayReason.ENDED,
        ),
        (ended(record_mode=RecordMode.NONE), MINUTE, ReplayState.NONE, ReplayReason.NOT_RECORDED),
        (
            ended(record_mode=RecordMode.SIGNALLING),
            MINUTE,
            ReplayState.PROCESSING,
            ReplayReason.ENDED,
        ),
        (
            with_room(status=CloudStatus.RUNNING, record_mode=RecordMode.SIGNALLING),
            -HOUR,
            ReplayState.RECORDING,
            ReplayReason.RUNNING,
        ),
        (
            with_room(record_mode=RecordMode.NONE, was_recording_refused=True),
            -HOUR,
            ReplayState.EXPECTED,
            ReplayReason.TO_COME,
        ),
        *[
            (
                with_room(status=status, record_mode=RecordMode.NONE, was_recording_refused=True),
                -HOUR,
                ReplayState.FAILED,
                ReplayReason.STORAGE_FULL,
            )
            for status in (CloudStatus.RUNNING, CloudStatus.ENDED)
        ],
        (
            replace(ended(record_mode=RecordMode.NONE, was_recording_refused=True), files=A_FILE),
            MINUTE,
            ReplayState.READY,
            ReplayReason.FOUND,
        ),
        (ended(is_gone=True), MINUTE, ReplayState.FAILED, ReplayReason.ROOM_GONE),
        (replace(ended(), files=A_FILE), MINUTE, ReplayState.READY, ReplayReason.FOUND),
        (
            replace(ended(record_mode=RecordMode.NONE), files=A_FILE),
            MINUTE,
            ReplayState.READY,
            ReplayReason.FOUND,
        ),
        (
            replace(ended(), files=replace(A_FILE, is_any_present=False)),
            HOUR,
            ReplayState.DELETED,
            ReplayReason.VANISHED,
        ),
        (
            replace(ended(), is_cancelled=True),
            MINUTE,
            ReplayState.PROCESSING,
            ReplayReason.ENDED,
        ),
    ],
)
def test_facts_decide(situation, after_end, state, reason):
    assert decide(situation, ENDED + after_end) == (state, reason)


class TestGivingUp:
    def test_recording_is_given_up_thirty_days_after_the_class(self):
        situation = replace(ended(), asked_at=ENDED + 30 * DAY)

        assert decide(situation, ENDED + 30 * DAY) == (ReplayState.FAILED, ReplayReason.GIVEN_UP)

    @pytest.mark.parametrize("asked_at", [None, ENDED + DAY, ENDED + 30 * DAY - MINUTE])
    def test_nothing_is_given_up_that_was_not_asked_for_in_the_end(self, asked_at):
        situation = replace(ended(), asked_at=asked_at)

        assert decide(situation, ENDED + 90 * DAY)[0] is ReplayState.PROCESSING

    def test_recording_by_hand_that_nobody_began_is_none_after_a_day(self):
        situation = replace(ended(record_mode=RecordMode.MANUAL), asked_at=ENDED + DAY)

        assert decide(situation, ENDED + DAY) == (
            ReplayState.NONE,
            ReplayReason.NOT_STARTED_BY_HAND,
        )

    def test_recording_that_somebody_began_by_hand_is_looked_for_as_any_other(self):
        room = ended(record_mode=RecordMode.MANUAL, was_started_by_hand=True)
        states = {
            days: decide(replace(room, asked_at=ENDED + days * DAY), ENDED + days * DAY)
            for days in (1, 29, 30)
        }

        assert states == {
            1: (ReplayState.PROCESSING, ReplayReason.ENDED),
            29: (ReplayState.PROCESSING, ReplayReason.ENDED),
            30: (ReplayState.FAILED, ReplayReason.GIVEN_UP),
        }

    @pytest.mark.parametrize(
        ("refused_since", "at", "reason"),
        [
            (ENDED + MINUTE, ENDED + 30 * DAY, ReplayReason.ENDED),
            (ENDED + MINUTE, ENDED + MINUTE + 30 * DAY, ReplayReason.REFUSED),
            # A question that was put long before the class ended does not count from then.
            (ENDED - 40 * DAY, ENDED + 29 * DAY, ReplayReason.ENDED),
            (ENDED - 40 * DAY, ENDED + 30 * DAY, ReplayReason.REFUSED),
        ],
    )
    def test_question_refused_for_thirty_days_is_given_up(self, refused_since, at, reason):
        situation = replace(ended(), refused_since=refused_since)

        assert decide(situation, at)[1] is reason


class TestTrash:
    @pytest.mark.parametrize(
        "situation",
        [
            ended(),
            ended(is_gone=True),
            replace(ended(), files=A_FILE),
            replace(ended(), files=replace(A_FILE, is_any_present=False)),
            replace(PLANNED, is_cancelled=True),
        ],
    )
    def test_what_people_did_stands_above_all(self, situation):
        trashed = replace(situation, is_trashed=True)
        purged = replace(trashed, is_purged=True)

        assert decide(trashed, ENDED) == (ReplayState.DELETED, ReplayReason.TRASHED)
        assert decide(purged, ENDED) == (ReplayState.DELETED, ReplayReason.DELETED_HERE)
        assert state_ignoring_trash(purged, ENDED) == decide(situation, ENDED)

    @pytest.mark.parametrize(
        ("record_mode", "days", "expected"),
        [
            (RecordMode.AUTOMATIC, 3, ENDED + 3 * DAY + 6 * HOUR),
            (RecordMode.AUTOMATIC, 30, None),
            (RecordMode.NONE, 5, None),
            (RecordMode.MANUAL, 0.5, ENDED + 12 * HOUR + 3 * HOUR),
            (RecordMode.MANUAL, 2, None),
        ],
    )
    def test_recording_is_asked_for_while_only_single_streams_are_there(
        self, record_mode, days, expected
    ):
        streams = replace(A_FILE, are_streams_alone=True)
        situation = replace(ended(record_mode=record_mode), files=streams)

        asked = next_ask(ReplayState.READY, situation, asks=9, at=ENDED + days * DAY)

        assert asked == expected

    def test_stream_that_is_missing_is_looked_for_first(self):
        missing_since = ENDED + 2 * DAY
        streams = replace(A_FILE, are_streams_alone=True, missing_since=missing_since)

        asked = next_ask(
            ReplayState.READY, replace(ended(), files=streams), asks=9, at=missing_since
        )

        assert asked == missing_since + 10 * MINUTE

    def test_recording_of_a_class_that_still_runs_is_not_asked_for_at_every_run(self):
        streams = replace(A_FILE, are_streams_alone=True)
        running = replace(with_room(status=CloudStatus.RUNNING), files=streams)

        asked = next_ask(ReplayState.READY, running, asks=0, at=ENDED + 2 * MINUTE)

        assert asked == ENDED + 11 * MINUTE

    def test_what_is_in_the_trash_goes_on_being_asked_for(self):
        trashed = replace(ended(), is_trashed=True)

        assert next_ask(ReplayState.PROCESSING, trashed, asks=1, at=ENDED) == ENDED + MINUTE

    @pytest.mark.parametrize(
        "state", [ReplayState.PROCESSING, ReplayState.READY, ReplayState.DELETED]
    )
    def test_what_was_deleted_is_not_asked_for_any_more(self, state):
        purged = replace(ended(), is_trashed=True, is_purged=True, files=A_FILE)

        assert next_ask(state, purged, asks=1, at=ENDED) is None


class TestNextQuestion:
    def test_first_comes_at_once(self):
        at = ENDED + MINUTE

        assert next_ask(ReplayState.PROCESSING, ended(), asks=0, at=at) == at

    @pytest.mark.parametrize(
        ("gone_by", "wait"),
        [
            (-10 * MINUTE, MINUTE),
            (MINUTE, MINUTE),
            (4 * MINUTE, MINUTE),
            (8 * MINUTE, 2 * MINUTE),
            (4 * HOUR, HOUR),
            (24 * HOUR, 6 * HOUR),
            (20 * DAY, 6 * HOUR),
        ],
    )
    def test_interval_grows_from_a_minute_to_six_hours(self, gone_by, wait):
        at = ENDED + gone_by

        assert next_ask(ReplayState.PROCESSING, ended(), asks=1, at=at) == at + wait

    def test_last_comes_on_the_thirtieth_day(self):
        at = ENDED + 30 * DAY - HOUR

        assert next_ask(ReplayState.PROCESSING, ended(), asks=9, at=at) == ENDED + 30 * DAY

    def test_whole_month_takes_fewer_than_two_hundred_questions(self):
        at, asks = ENDED, 0
        while decide(replace(ended(), asked_at=at), at)[0] is ReplayState.PROCESSING:
            asks += 1
            at = known(next_ask(ReplayState.PROCESSING, ended(), asks=asks, at=at))

        assert (at, asks < 200) == (ENDED + 30 * DAY, True)

    @pytest.mark.parametrize(
        ("since_found", "next_poll"),
        [
            (dt.timedelta(), 10 * MINUTE),
            (10 * MINUTE, 2 * HOUR),
            (2 * HOUR, 24 * HOUR),
        ],
    )
    def test_found_recording_is_looked_for_again(self, since_found, next_poll):
        situation = replace(ended(), files=A_FILE)
        found_at = A_FILE.last_found_at

        asked = next_ask(ReplayState.READY, situation, asks=1, at=found_at + since_found)

        assert asked == found_at + next_poll

    def test_after_a_day_it_is_left_alone(self):
        situation = replace(ended(), files=A_FILE)

        assert next_ask(ReplayState.READY, situation, asks=4, at=ENDED + 2 * DAY) is None

    def test_recording_found_long_after_its_class_is_not_looked_for_again(self):
        late = replace(A_FILE, last_found_at=ENDED + 4 * DAY)

        assert (
            next_ask(ReplayState.READY, replace(ended(), files=late), asks=1, at=ENDED + 4 * DAY)
            is None
        )

    def test_missing_file_is_looked_for_soon(self):
        at = ENDED + 5 * DAY
        situation = replace(ended(), files=replace(A_FILE, missing_since=at - 4 * MINUTE))

        assert next_ask(ReplayState.READY, situation, asks=5, at=at) == at + 6 * MINUTE

    def test_class_that_went_on_after_its_first_file_is_looked_at_after_its_end(self):
        early = replace(A_FILE, last_found_at=ENDED - 30 * HOUR)
        situation = replace(ended(record_mode=RecordMode.MANUAL), files=early)

        asked = next_ask(ReplayState.READY, situation, asks=1, at=ENDED)

        assert asked == ENDED + 10 * MINUTE

    @pytest.mark.parametrize(
        ("state", "facts"),
        [(ReplayState.DELETED, {}), (ReplayState.FAILED, {"is_gone": True})],
    )
    @pytest.mark.parametrize(
        ("gone_by", "wait"), [(MINUTE, 10 * MINUTE), (4 * HOUR, HOUR), (20 * DAY, DAY)]
    )
    def test_what_is_gone_is_asked_for_again_for_a_month(self, state, facts, gone_by, wait):
        at = ENDED + gone_by

        assert next_ask(state, ended(**facts), asks=3, at=at) == at + wait
        assert next_ask(state, ended(**facts), asks=3, at=ENDED + 30 * DAY) is None

    @pytest.mark.parametrize(
        "state",
        [
            ReplayState.EXPECTED,
            ReplayState.RECORDING,
            ReplayState.NONE,
            ReplayState.FAILED,
        ],
    )
    def test_other_states_ask_for_nothing(self, state):
        assert next_ask(state, ended(), asks=1, at=ENDED) is None
