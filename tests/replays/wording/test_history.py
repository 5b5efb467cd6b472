"""The history of a replay is told in plain words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation

from accounts.models import User
from classroom.enums import Source
from classroom.models import CallbackEvent
from classroom.services.callback_processing import process_event
from edu_platform.lib.formatting import moment_text
from replays.enums import Audience, ReplayEventKind, ReplayReason, ReplayState
from replays.models import Replay, ReplayPurge
from replays.selectors.history import history_of
from replays.services.history import note
from replays.services.planning import follow_lessons
from replays.services.polling import ask_for_missing
from replays.services.purge import purge_due
from replays.services.trash import restore_replays, trash_replays
from replays.wording import explain
from schedule.enums import LessonState
from schedule.models import Lesson, Room
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import school_time
from tests.support.callbacks import KEY, body_of, deliver
from tests.support.classes import ended_room, hold, known, make_room, poll
from tests.support.cloud import LocalCloud
from tests.support.pages import read
from tests.support.replays import replay_of

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _calls_are_taken(impatient: None, settings: Any) -> None:
    settings.LCIC_CALLBACK_KEY = [KEY]


@pytest.fixture
def room(lesson: Lesson, local_cloud: LocalCloud) -> Room:
    return make_room(lesson)


def told(replay: Replay, at: dt.datetime | None = None) -> list[str]:
    """The trail's sentences in English, in their order, then what is said beside."""
    with translation.override("en"):
        trail = history_of(replay, at=at or timezone.now())
        return [*(step.text for step in trail.entries), *trail.remarks]


def call(event_type: str, room: Room) -> None:
    deliver(body_of(event_type, {"RoomId": room.number}))
    for event in CallbackEvent.objects.waiting():
        CallbackEvent.objects.update(begun_at=None)  # as if half a second had gone by
        process_event(event.pk, at=timezone.now())


class TestSentences:
    def test_found_without_any_callback(self, room, local_cloud):
        hold(local_cloud, room)
        poll(room)
        ask_for_missing(timezone.now())

        replay, at = replay_of(room), timezone.now()

        assert replay.asked_at is not None
        assert replay.due_at is not None
        time, upcoming = moment_text(replay.asked_at, at), moment_text(replay.due_at, at)
        assert told(replay, at) == [
            "The class began",
            "The class ended",
            "File 1 was found",
            "No message about the recording arrived: the platform found it by checking.",
            f"Since the class ended the platform has checked 1 time, at {time}."
            f" It checks again at {upcoming}.",
        ]
        with translation.override("en"):
            (found,) = [
                step for step in history_of(replay, at=timezone.now()).entries if step.source
            ]
        assert (found.source, found.at) == ("checked by the platform itself", replay.asked_at)

    def test_every_callback_is_told_once_with_the_time_at_which_it_came(self, room, local_cloud):
        local_cloud.change_room(room.number, "start")
        call("RoomStart", room)
        call("MemberJoin", room)
        local_cloud.change_room(room.number, "end")
        local_cloud.recorded(room.number)
        for _time in range(2):
            call("RoomEnd", room)
        call("RecordFinish", room)

        replay = replay_of(room)

        events = CallbackEvent.objects.order_by("pk")
        received = {each.event_type: each.received_at for each in reversed(events)}
        calls = replay.steps.filter(kind=ReplayEventKind.CALLBACK).order_by("at")
        assert list(calls.values_list("detail", "at")) == [
            (kind, received[kind]) for kind in ("RoomStart", "RoomEnd", "RecordFinish")
        ]
        assert [text for text in told(replay) if "Message received" in text] == [
            "Message received: the class had begun",
            "Message received: the class had ended",
            "Message received: a recording was finished",
        ]

    def test_call_about_the_class_is_none_about_its_recording(self, room, local_cloud):
        hold(local_cloud, room)
        call("RoomEnd", room)

        assert told(replay_of(room))[2:5] == [
            "Message received: the class had ended",
            "File 1 was found",
            "No message about the recording arrived: the platform found it by checking.",
        ]

    def test_recording_that_is_late(self, room, local_cloud):
        local_cloud.set_recording(enabled=False)
        hold(local_cloud, room, recordings=0)
        poll(room)
        start = timezone.now()
        for minutes in (0, 2, 4):
            with time_machine.travel(start + minutes * MINUTE):
                ask_for_missing(timezone.now())

        replay = replay_of(room)

        assert told(replay)[2:4] == [
            "Checked: no recording yet",
            "No message about the recording has arrived so far.",
        ]
        assert "has checked 3 times, the last at" in told(replay)[4]

    def test_silence_is_told_with_its_end(self, lesson, local_cloud):
        room = ended_room(lesson, local_cloud)
        local_cloud.switch("*", "http500")
        start = timezone.now()
        for minutes in (0, 20, 40):
            with time_machine.travel(start + minutes * MINUTE):
                ask_for_missing(timezone.now())
        assert told(replay_of(room))[2] == "Since then checks have not been possible"
        local_cloud.clear()
        with time_machine.travel(start + HOUR):
            ask_for_missing(timezone.now())

        replay = replay_of(room)

        silent, answers = (
            replay.steps.get(kind=kind)
            for kind in (ReplayEventKind.SILENT, ReplayEventKind.ANSWERS)
        )
        until = f"{timezone.localtime(answers.at):%H:%M}"
        assert told(replay, answers.at)[2] == f"Until {until} checks were not possible"
        assert answers.at - silent.at >= 59 * MINUTE
        assert "Checks are possible again" not in told(replay)

    def test_storage_that_was_full(self, lesson, local_cloud):
        local_cloud.fill_storage()
        room = make_room(lesson)
        replay = replay_of(room)
        with translation.override("en"):
            warned = explain(replay, timezone.now(), audience=Audience.TEACHER)
        assert warned.sentence.startswith("The class is still to come, but currently")
        assert warned.advice.startswith("Tell the school now")

        local_cloud.change_room(room.number, "start")
        poll(room)
        with translation.override("en"):
            running = explain(replay_of(room), timezone.now())
        assert running.sentence.startswith("The class is running, and is not being recorded")

        local_cloud.change_room(room.number, "end")
        poll(room)
        replay = replay_of(room)
        with translation.override("en"):
            over = explain(replay, timezone.now())
        assert over.sentence.startswith("The class was held without being recorded")
        assert (replay.state, replay.reason) == (ReplayState.FAILED, ReplayReason.STORAGE_FULL)
        # It was known in the same second in which the class ended.
        assert sorted(told(replay)) == [
            "Failed: The school's storage for recordings was full, or its bill not paid",
            "The class began",
            "The class ended",
        ]
        assert ask_for_missing(timezone.now()) == 0

    def test_trash_and_end(self, held, local_cloud, teacher, planner):
        replay = replay_of(held)
        at = timezone.now()
        trash_replays([replay], person=teacher, at=at)
        restore_replays([replay], person=planner, at=at + MINUTE)
        trash_replays([replay], person=None, at=at + HOUR)
        local_cloud.switch("DeleteRecord", "fail", code="UnauthorizedOperation", times=1)
        for minutes in (0, 20):
            with time_machine.travel(at + 30 * DAY + HOUR + minutes * MINUTE):
                purge_due(timezone.now())

        assert told(replay_of(held))[3:-2] == [
            "李老师 moved it to the trash",
            "孙教务 restored it from the trash",
            "Its time was over, so it was moved to the trash",
            "Deleting it was refused (UnauthorizedOperation)",
            "It was deleted for good, and this was confirmed",
        ]

    def test_deleted_behind_our_back_is_told_apart(self, held, local_cloud):
        start = timezone.now()
        local_cloud.delete_recordings(held.number)
        for minutes in (11, 22):
            with time_machine.travel(start + minutes * MINUTE):
                ask_for_missing(timezone.now())

        assert told(replay_of(held))[3:6] == [
            "File 1 could not be found any more",
            "File 1 was deleted, but not on this platform",
            "Deleted: The recording was deleted elsewhere",
        ]

    def test_lesson_that_was_cancelled(self, lesson):
        Lesson.objects.filter(pk=lesson.pk).update(state=LessonState.CANCELLED)
        follow_lessons([lesson.pk])

        assert told(Replay.objects.get(lesson=lesson)) == ["No replay: The lesson was cancelled"]

    def test_replay_of_before_the_trail_says_what_is_known(self, lesson):
        found = school_time(1, 8, 55)
        replay = ReplayFactory.create(lesson=lesson, found_at=found, found_by=Source.POLL)

        assert told(replay) == ["The recording was found"]

    def test_every_step_has_words(self, planner):
        replay = ReplayFactory.create(state=ReplayState.FAILED)
        details = {
            ReplayEventKind.STATE: "failed/given_up",
            ReplayEventKind.FILE_FOUND: "1",
            ReplayEventKind.ASKED_BY_HAND: "found",
        }
        for number, kind in enumerate(ReplayEventKind):
            at = timezone.now() + number * MINUTE
            note(replay, kind, at=at, person=planner, detail=details.get(kind, "x"))

        assert len(history_of(replay, at=timezone.now()).entries) == len(ReplayEventKind)
        assert "" not in told(replay)


class TestPage:
    @pytest.fixture
    def replay(self, held: Room, planner: User) -> Replay:
        replay = replay_of(held)
        note(
            replay,
            ReplayEventKind.ASKED_BY_HAND,
            at=timezone.now(),
            person=planner,
            detail="found",
        )
        return replay

    def test_trail_is_for_those_who_look_after_it(
        self, replay, teacher, assistant, supervisor, planner, student, signed_in: SignedIn
    ):
        sees = {teacher: True, assistant: True, supervisor: True, planner: True, student: False}

        pages = {
            person: read(signed_in(person, "en").get(f"/replays/{replay.code}/").content)
            for person in sees
        }

        assert {person: bool(page.all("ol", "trail")) for person, page in pages.items()} == sees
        assert {
            person: "孙教务 checked by hand" in page.text for person, page in pages.items()
        } == sees

    def test_trail_costs_two_queries_however_long(self, replay, django_assert_num_queries):
        for kind in ReplayEventKind:
            note(replay, kind, at=timezone.now(), detail="1")
        known_replay = replay_of(known(replay.room))

        with django_assert_num_queries(2):
            history_of(known_replay, at=timezone.now())


class TestAdvice:
    @pytest.mark.parametrize("audience", list(Audience))
    def test_everybody_is_told_why_and_what_can_be_done(self, audience):
        has_advice = {}
        for reason in ReplayReason:
            replay = Replay(reason=reason, planned_start=timezone.now() + HOUR)
            replay.planned_end = replay.planned_start + HOUR
            replay.deleted_at = timezone.now()
            replay.purge = ReplayPurge(due_at=timezone.now() + DAY)
            with translation.override("en"):
                told = explain(replay, timezone.now(), audience=audience)
            assert (reason, told.sentence[-1:]) == (reason, ".")
            has_advice[reason] = bool(told.advice)

        assert has_advice == {reason: reason != ReplayReason.FOUND for reason in ReplayReason}

    @pytest.mark.parametrize(
        "reason",
        [
            ReplayReason.GIVEN_UP,
            ReplayReason.REFUSED,
            ReplayReason.STORAGE_FULL,
            ReplayReason.NEVER_HELD,
        ],
    )
    def test_each_can_do_something_else(self, reason):
        replay = Replay(reason=reason, planned_start=timezone.now())
        replay.planned_end = replay.planned_start + HOUR

        advice = {explain(replay, timezone.now(), audience=each).advice for each in Audience}

        assert len(advice) == 3
