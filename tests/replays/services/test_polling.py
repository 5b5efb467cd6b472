"""Without any callback each recording is found, because the platform asks for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from classroom.client.errors import CloudRejected
from classroom.enums import Source
from replays.enums import ReplayEventKind, ReplayReason, ReplayState
from replays.models import Replay, ReplayFile
from replays.services.polling import ask_for_missing, settle_unheld
from replays.services.refresh import RoomRefresh, ask
from schedule.enums import RecordMode
from schedule.models import Lesson, Room
from tests.factories.schedule import LessonFactory
from tests.support.classes import ended_room, hold, known, make_room, poll
from tests.support.cloud import LocalCloud
from tests.support.replays import replay_of, replay_of_session
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("impatient")]

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def room(lesson, local_cloud) -> Room:
    return make_room(lesson)


@pytest.fixture
def held(lesson: Lesson, local_cloud: LocalCloud) -> Room:
    """A room whose class was held and recorded, as is known here."""
    return ended_room(lesson, local_cloud)


def standing(room: Room) -> tuple[str, str, int]:
    replay = replay_of(room)
    return replay.state, replay.reason, replay.files.filter(gone_at=None).count()


def ask_until_a_month_is_over(room: Room, since: dt.datetime) -> list[tuple[str, str, int]]:
    """Ask until a month is over, and return the replay's state after questions a day, almost a month, and a month."""
    said = []
    for wait in (DAY, 30 * DAY - 7 * HOUR, 30 * DAY):
        with time_machine.travel(since + wait):
            ask_for_missing(timezone.now())
        said.append(standing(room))
    return said


READY = (ReplayState.READY, ReplayReason.FOUND, 1)
PROCESSING = (ReplayState.PROCESSING, ReplayReason.ENDED, 0)


class TestFinding:
    def test_ended_class_is_asked_for_and_its_file_found(self, room, local_cloud):
        hold(local_cloud, room)
        poll(room)

        assert ask_for_missing(timezone.now()) == 1

        replay, (recorded,) = replay_of(room), local_cloud.recordings(room.number)
        file = replay.files.get()
        assert standing(room) == READY
        assert (file.url, file.size_bytes) == (recorded["RecordUrl"], recorded["RecordSize"])
        assert (file.duration_s, file.video_id) == (recorded["Duration"], recorded["VideoId"])
        assert known(replay.made_at).timestamp() == recorded["StopTime"]
        assert (replay.found_by, replay.listed_at) == (Source.POLL, replay.made_at)

    def test_recording_that_is_not_there_yet_is_asked_for_a_minute_later(self, room, local_cloud):
        local_cloud.set_recording(enabled=False)
        hold(local_cloud, room, recordings=0)
        poll(room)

        ask_for_missing(timezone.now())

        replay = replay_of(room)
        assert standing(room) == PROCESSING
        assert (replay.asks, replay.due_at) == (1, known(replay.asked_at) + MINUTE)

    def test_what_is_not_due_is_not_asked_for(self, held, local_cloud):
        ask_for_missing(timezone.now())
        before = len(local_cloud.calls())

        assert ask_for_missing(timezone.now()) == 0

        assert len(local_cloud.calls()) == before

    def test_cloud_that_lists_no_automatic_recordings_is_understood(self, held, local_cloud):
        local_cloud.set_recording(describe_record_silent=True)

        ask_for_missing(timezone.now())

        (recorded,) = local_cloud.recordings(held.number)
        file = replay_of(held).files.get()
        assert standing(held) == READY
        assert (file.url, file.size_bytes) == (recorded["RecordUrl"], recorded["RecordSize"])

    def test_class_that_is_not_recorded_is_not_asked_for(self, local_cloud):
        room = make_room(LessonFactory.create(record_mode=RecordMode.NONE))
        hold(local_cloud, room, recordings=0)
        poll(room)

        assert ask_for_missing(timezone.now()) == 0

        assert standing(room) == (ReplayState.NONE, ReplayReason.NOT_RECORDED, 0)


class TestLateFiles:
    def test_second_recording_two_hours_later_joins_the_first(self, held, local_cloud):
        ask_for_missing(timezone.now())
        first_asked = known(replay_of(held).asked_at)
        with time_machine.travel(first_asked + 10 * MINUTE):
            ask_for_missing(timezone.now())
        local_cloud.record_again(held.number)
        local_cloud.recorded(held.number, 2)

        with time_machine.travel(first_asked + 2 * HOUR):
            ask_for_missing(timezone.now())

        assert standing(held) == (ReplayState.READY, ReplayReason.FOUND, 2)
        assert list(replay_of(held).files.values_list("number", flat=True).order_by("number")) == [
            1,
            2,
        ]

    def test_recording_deleted_in_the_cloud_is_gone_when_missed_twice(self, held, local_cloud):
        ask_for_missing(timezone.now())
        found_at = known(replay_of(held).asked_at)
        local_cloud.delete_recordings(held.number)

        with time_machine.travel(found_at + 10 * MINUTE):
            ask_for_missing(timezone.now())
        assert standing(held) == READY

        with time_machine.travel(found_at + 21 * MINUTE):
            ask_for_missing(timezone.now())
        assert standing(held) == (ReplayState.DELETED, ReplayReason.VANISHED, 0)
        # It may have been the cloud that was wrong.
        assert known(replay_of(held).due_at) > timezone.now()


class TestSignalling:
    @pytest.fixture
    def room(self, local_cloud) -> Room:
        return make_room(LessonFactory.create(record_mode=RecordMode.SIGNALLING))

    def test_class_kept_as_signalling_has_one_file_without_an_address(self, room, local_cloud):
        hold(local_cloud, room, recordings=0)
        (kept,) = local_cloud.playbacks(room.number)
        poll(room)

        ask_for_missing(timezone.now())

        file = replay_of(room).files.get()
        assert standing(room) == READY
        assert (file.url, file.is_signalling, file.number) == ("", True, 1)
        assert (file.duration_s, known(file.started_at).timestamp()) == (
            kept["Duration"],
            kept["StartTime"],
        )
        assert file.stopped_at == known(file.started_at) + dt.timedelta(seconds=kept["Duration"])
        assert replay_of(room).made_at == file.stopped_at

    def test_one_that_comes_later_is_waited_for(self, room, local_cloud):
        local_cloud.set_recording(delay_s=3600)
        hold(local_cloud, room, recordings=0)
        poll(room)
        ask_for_missing(timezone.now())
        assert standing(room) == PROCESSING

        local_cloud.clock(3601)
        local_cloud.playbacks(room.number)
        local_cloud.clock(0)
        with time_machine.travel(timezone.now() + HOUR):
            ask_for_missing(timezone.now())

        assert standing(room) == READY

    def test_one_that_is_found_again_is_the_same_file(self, room, local_cloud):
        hold(local_cloud, room, recordings=0)
        local_cloud.playbacks(room.number)
        poll(room)
        ask_for_missing(timezone.now())
        with time_machine.travel(timezone.now() + 10 * MINUTE):
            ask_for_missing(timezone.now())

        assert standing(room) == READY

    def test_one_deleted_in_the_cloud_is_gone_when_missed_twice(self, room, local_cloud):
        hold(local_cloud, room, recordings=0)
        local_cloud.playbacks(room.number)
        poll(room)
        ask_for_missing(timezone.now())
        start = timezone.now()
        local_cloud.delete_playback(room.number)

        for minutes in (11, 22):
            with time_machine.travel(start + minutes * MINUTE):
                ask_for_missing(timezone.now())

        assert standing(room) == (ReplayState.DELETED, ReplayReason.VANISHED, 0)


class TestBadDays:
    # One of each error that the client makes of what went wrong; that it does is tested there.
    @pytest.mark.parametrize("kind", ["http500", "garble", "rate_limit"])
    def test_cloud_in_trouble_for_an_hour_costs_nothing_but_time(self, held, local_cloud, kind):
        local_cloud.switch("*", kind)
        start = timezone.now()
        for minutes in (0, 60):
            with time_machine.travel(start + minutes * MINUTE):
                ask_for_missing(timezone.now())
        assert standing(held) == PROCESSING
        local_cloud.clear()

        with time_machine.travel(start + 75 * MINUTE):
            ask_for_missing(timezone.now())

        assert standing(held) == READY

    def test_page_can_tell_since_when_nobody_answered_and_when_is_next(self, held, local_cloud):
        local_cloud.switch("*", "http500")
        with time_machine.travel(timezone.now() + MINUTE, tick=False):
            first = timezone.now()
            ask_for_missing(first)
        with time_machine.travel(first + 5 * MINUTE, tick=False):
            ask_for_missing(timezone.now())

        replay = replay_of(held)

        assert (replay.unreachable_since, replay.due_at) == (first, first + 6.25 * MINUTE)

    def test_replay_with_a_missing_file_is_put_off_like_any_other(self, held, local_cloud):
        ask_for_missing(timezone.now())
        with time_machine.travel(timezone.now() + 30 * MINUTE, tick=False):
            at = timezone.now()
            ReplayFile.objects.update(missing_since=at - 20 * MINUTE)
            Replay.objects.update(due_at=at)
            local_cloud.switch("*", "http500")
            ask_for_missing(at)

        assert replay_of(held).due_at == at + MINUTE

    def test_all_that_is_due_waits_together_after_one_failure(self, lesson, local_cloud):
        due = {"state": ReplayState.PROCESSING, "due_at": timezone.now() - MINUTE}
        for number in range(1, 5):
            replay_of_session(lesson, number, **due)
        local_cloud.switch("*", "http500")
        before = len(local_cloud.calls(action="DescribeRoom"))

        ask_for_missing(timezone.now())

        assert Replay.objects.filter(unreachable_since__isnull=False).count() == 4
        assert len(local_cloud.calls(action="DescribeRoom")) - before == 9  # three, tried 3 times

    def test_answer_ends_the_silence(self, held, local_cloud):
        local_cloud.switch("*", "http500")
        ask_for_missing(timezone.now())
        local_cloud.clear()

        with time_machine.travel(timezone.now() + 2 * MINUTE):
            ask_for_missing(timezone.now())

        replay = replay_of(held)
        assert (replay.state, replay.unreachable_since, replay.last_error) == (
            ReplayState.READY,
            None,
            "",
        )

    def test_refusal_of_one_holds_up_no_other(self, local_cloud):
        rooms = [ended_room(LessonFactory.create(), local_cloud) for _number in range(2)]
        local_cloud.switch("DescribeRecord", "fail", code="InvalidParameter", times=1)

        ask_for_missing(timezone.now())

        states = sorted(replay_of(room).state for room in rooms)
        refused = Replay.objects.get(state=ReplayState.PROCESSING)
        assert states == [ReplayState.PROCESSING, ReplayState.READY]
        assert "InvalidParameter" in refused.last_error
        assert known(refused.due_at) > timezone.now()

    def test_one_that_cannot_be_put_off_holds_up_no_other(self, local_cloud, monkeypatch, caplog):
        for _number in range(2):
            ended_room(LessonFactory.create(), local_cloud)
        local_cloud.switch("DescribeRecord", "fail", code="InvalidParameter", times=1)

        def break_down(*_args: object, **_options: object) -> None:
            raise ValueError("a fault of ours")

        monkeypatch.setattr("replays.services.polling.put_off_leased", break_down)

        assert ask_for_missing(timezone.now()) == 1
        assert "a fault of ours" in caplog.text

    def test_code_that_no_database_takes_is_kept_all_the_same(self, held, monkeypatch):
        def refuse(*_args: object) -> None:
            raise CloudRejected("DescribeRecord", "Odd\0\ud800", "no")

        monkeypatch.setattr("classroom.client.records.list_recordings", refuse)

        ask_for_missing(timezone.now())

        assert replay_of(held).steps.get(kind=ReplayEventKind.REFUSED).detail == "Odd?"

    def test_question_that_is_refused_for_a_month_is_given_up(self, held, local_cloud):
        local_cloud.switch("DescribeRecord", "fail", code="UnauthorizedOperation")
        ask_for_missing(timezone.now())

        said = ask_until_a_month_is_over(held, known(replay_of(held).refused_since))

        assert said == [PROCESSING, PROCESSING, (ReplayState.FAILED, ReplayReason.REFUSED, 0)]
        replay = replay_of(held)
        assert replay.due_at is None
        assert "UnauthorizedOperation" in replay.last_error
        refused = replay.steps.get(kind=ReplayEventKind.REFUSED)
        assert refused.detail == "UnauthorizedOperation"

    def test_silence_however_long_is_no_refusal(self, held, local_cloud):
        local_cloud.switch("DescribeRecord", "fail", code="UnauthorizedOperation", times=1)
        ask_for_missing(timezone.now())
        local_cloud.switch("*", "http500")
        start = timezone.now()
        for days in (1, 31, 62):
            with time_machine.travel(start + days * DAY):
                ask_for_missing(timezone.now())

        assert standing(held) == PROCESSING
        assert replay_of(held).refused_since is None
        local_cloud.clear()
        with time_machine.travel(start + 63 * DAY):
            ask_for_missing(timezone.now())
        assert standing(held) == READY

    def test_question_whose_asker_was_killed_is_due_again(self, held, monkeypatch):
        class Killed(BaseException):
            pass

        def die(*_args: object, **_options: object) -> None:
            raise Killed

        with monkeypatch.context() as patch:
            patch.setattr("replays.services.polling.ask", die)
            with pytest.raises(Killed):
                ask_for_missing(timezone.now())

        with time_machine.travel(timezone.now() + 6 * MINUTE):
            ask_for_missing(timezone.now())

        assert standing(held) == READY

    def test_room_that_the_cloud_once_denied_is_asked_for_again(self, held, local_cloud):
        local_cloud.switch("DescribeRoom", "fail", code="ResourceNotFound.Room", times=1)
        ask_for_missing(timezone.now())
        assert standing(held) == (ReplayState.FAILED, ReplayReason.ROOM_GONE, 0)

        with time_machine.travel(timezone.now() + 11 * MINUTE):
            ask_for_missing(timezone.now())

        assert standing(held) == READY

    def test_whatever_goes_wrong_with_one_holds_up_no_other(self, local_cloud, monkeypatch):
        rooms = [ended_room(LessonFactory.create(), local_cloud) for _number in range(2)]

        def ask_or_break(room_id: int, **options: Any) -> RoomRefresh:
            if room_id == rooms[0].number:
                raise ValueError("a fault of ours")
            return ask(room_id, **options)

        monkeypatch.setattr("replays.services.polling.ask", ask_or_break)

        ask_for_missing(timezone.now())

        broken = replay_of(rooms[0])
        assert standing(rooms[1]) == READY
        assert broken.last_error == "ValueError: a fault of ours"
        assert known(broken.due_at) > timezone.now()

    def test_recording_that_never_comes_is_given_up_after_thirty_days(self, room, local_cloud):
        local_cloud.set_recording(enabled=False)
        hold(local_cloud, room, recordings=0)
        poll(room)
        ended_at = known(Room.objects.get(pk=room.pk).real_ended_at)

        said = ask_until_a_month_is_over(room, ended_at)

        assert said == [PROCESSING, PROCESSING, (ReplayState.FAILED, ReplayReason.GIVEN_UP, 0)]
        assert replay_of(room).due_at is None


class TestUnheld:
    def test_lesson_that_never_had_a_room_was_not_held(self, lesson):
        settle_unheld(lesson.ends_at + DAY)

        replay = Replay.objects.get(lesson=lesson)
        assert (replay.state, replay.reason) == (ReplayState.NONE, ReplayReason.NEVER_HELD)

    def test_class_never_started_was_not_held_a_day_after_its_end(self, room, lesson):
        Room.objects.filter(pk=room.pk).update(asked_at=lesson.ends_at + DAY)

        settle_unheld(lesson.ends_at + DAY)

        assert standing(room) == (ReplayState.NONE, ReplayReason.NEVER_HELD, 0)

    def test_class_whose_state_nobody_could_ask_is_still_expected(self, room, lesson):
        Room.objects.filter(pk=room.pk).update(asked_at=lesson.starts_at)

        settle_unheld(lesson.ends_at + 2 * DAY)

        assert replay_of(room).state == ReplayState.EXPECTED


@pytest.mark.django_db(transaction=True)
def test_question_goes_to_one_of_several_who_ask_at_once(held, local_cloud):
    before = len(local_cloud.calls(action="DescribeRecord"))

    answered = all_at_once(lambda _number: ask_for_missing(timezone.now()), range(4))

    assert sorted(answered) == [0, 0, 0, 1]
    assert len(local_cloud.calls(action="DescribeRecord")) - before == 1
