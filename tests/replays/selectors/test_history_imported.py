"""Classes of before the platform: their trail tells what was, and a mistyped room is told as one."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.utils import timezone, translation

from accounts.models import User
from replays.enums import Audience, ReplayReason, ReplayState
from replays.models import Replay
from replays.overdue import class_end
from replays.selectors.history import history_of
from replays.services.polling import ask_for_missing
from replays.wording import explain, short_reason
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.rooms.polling import poll_rooms
from tests.factories.schedule import school_time
from tests.support.cloud import LocalCloud
from tests.support.sheets import csv_of

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
HEAD = "course,teacher,class_groups,date,start,end,room_type,record,room_id"


def import_class(teacher: User, start: dt.datetime, room_id: int) -> Replay:
    local = timezone.localtime(start)
    day, hours = f"{local:%Y-%m-%d}", f"{local:%H:%M},{local + dt.timedelta(minutes=45):%H:%M}"
    import_lessons(csv_of(HEAD, f"语文课,{teacher.username},1班,{day},{hours},0,yes,{room_id}"))
    return Replay.objects.get()


@pytest.fixture
def start() -> dt.datetime:
    return school_time(-3, 8)


def test_trail_of_a_class_that_comes_in_with_its_room_tells_only_what_was(
    teacher: User, start: dt.datetime, local_cloud: LocalCloud
):
    start_s = int(start.timestamp())
    room_id = local_cloud.add_history("语文课", start_s, start_s + 2700)

    replay = import_class(teacher, start, room_id)
    poll_rooms(timezone.now())
    ask_for_missing(timezone.now())

    replay.refresh_from_db()
    with translation.override("en"):
        steps = history_of(replay, at=timezone.now()).entries
    assert replay.state == ReplayState.READY
    assert [step.text for step in steps] == [
        "The class began",
        "The class ended",
        "File 1 was found",
    ]
    assert [step.at for step in steps] == sorted(step.at for step in steps)


class TestMistypedRoom:
    @pytest.fixture
    def replay(self, teacher: User, start: dt.datetime, local_cloud: LocalCloud) -> Replay:
        replay = import_class(teacher, start, 399_999_999)
        poll_rooms(timezone.now())
        replay.refresh_from_db()
        return replay

    def test_is_told_as_unknown_and_not_as_deleted(self, replay: Replay):
        advice = {
            Audience.ANYBODY: "If the class was held in another place, ask its teacher.",
            Audience.TEACHER: "Tell the school which room the class was held in.",
            Audience.STAFF: "Compare the number with the cloud's console.",
        }
        assert (replay.state, replay.reason) == (ReplayState.NONE, ReplayReason.ROOM_GONE)

        for audience, beginning in advice.items():
            with translation.override("en"):
                told = explain(replay, timezone.now(), audience=audience)
            assert told.sentence == (
                "There is no room 399999999, in which this class was to be held: "
                "the number was mistyped, or the room was deleted."
            ), audience
            assert told.advice.startswith(beginning), audience
        with translation.override("en"):
            line = short_reason(replay, timezone.now())
            steps = [step.text for step in history_of(replay, at=timezone.now()).entries]
        assert line == "Its room does not exist"
        assert steps == ["No replay: Its room does not exist"]

    def test_is_asked_for_again_for_a_month(self, replay: Replay, local_cloud: LocalCloud):
        before = len(local_cloud.calls(action="DescribeRoom"))

        waits = []
        for days in (5, 29, 30):
            with time_machine.travel(class_end(replay) + days * DAY, tick=False):
                ask_for_missing(timezone.now())
                due = Replay.objects.get().due_at
                waits.append(due - timezone.now() if due is not None else None)

        assert waits == [DAY, DAY, None]
        assert len(local_cloud.calls(action="DescribeRoom")) - before == 3


class TestLate:
    @pytest.fixture
    def replay(self, teacher: User, start: dt.datetime, local_cloud: LocalCloud) -> Replay:
        """One of a class that was held, and of which the cloud lists nothing."""
        start_s = int(start.timestamp())
        room_id = local_cloud.add_history("语文课", start_s, start_s + 2700)
        local_cloud.delete_recordings(room_id)
        replay = import_class(teacher, start, room_id)
        poll_rooms(timezone.now())
        ask_for_missing(timezone.now())
        replay.refresh_from_db()
        return replay

    def test_says_for_how_long_and_until_when(self, replay: Replay):
        ended_at = replay.room.real_ended_at if replay.room else None
        assert ended_at is not None
        at, until = ended_at + 4 * DAY, timezone.localtime(ended_at + 30 * DAY)
        advice = {
            Audience.ANYBODY: "You may close this page: the platform keeps checking.",
            Audience.TEACHER: "Tell the school: its storage for recordings may be full",
            Audience.STAFF: "Check in the cloud's console whether storage is full",
        }

        for audience, beginning in advice.items():
            with translation.override("en"):
                told = explain(replay, at, audience=audience)
            assert told.sentence.startswith(
                f"4 days after the class there is still no recording of it. The platform keeps checking until {until:%Y-%m-%d}"
            ), audience
            assert told.advice.startswith(beginning), audience
        with translation.override("en"):
            line = short_reason(replay, at)
        assert line.startswith("Late: no recording 4 days after the class · ")

    def test_not_within_the_usual_time(self, replay: Replay):
        ended_at = replay.room.real_ended_at if replay.room else None
        assert ended_at is not None

        for minutes in (0, 29):
            with translation.override("en"):
                told = explain(replay, ended_at + dt.timedelta(minutes=minutes))

            assert told.sentence == "The class has ended, and the file is being made.", minutes

    def test_late_one_stays_late_while_the_cloud_does_not_answer(
        self, replay: Replay, local_cloud: LocalCloud
    ):
        local_cloud.switch("*", "http500")
        Replay.objects.update(due_at=timezone.now())
        ask_for_missing(timezone.now())
        replay.refresh_from_db()

        with translation.override("en"):
            told = explain(replay, timezone.now() + 4 * DAY)
            line = short_reason(replay, timezone.now() + 4 * DAY)

        # As old as the class was when the cloud last answered, not as it is now.
        assert replay.asked_at is not None
        age = f"{(replay.asked_at - class_end(replay)).days} days after the class"
        assert re.match(rf"As of [0-9: -]+: {age} there is still no recording", told.sentence)
        assert line.startswith(
            f"Late: no recording {age} · the classroom service could not be reached since"
        )
        assert "the classroom service could not be reached" in told.silence.lower()
