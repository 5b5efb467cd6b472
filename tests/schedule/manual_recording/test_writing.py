"""Start and stop the recording of a class by hand: the cloud does it once, whoever presses, and whatever is lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from classroom.client.errors import CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.record_tasks import start_recording
from schedule.enums import RecordMode
from schedule.manual_recording import writing
from schedule.manual_recording.concluding import ASKED_EVERY
from schedule.manual_recording.settling import COMES_IN_WITHIN, settle_due
from schedule.manual_recording.writing import (
    ANSWERED_WITHIN,
    NotByHand,
    Outcome,
    RecordingRefused,
    Refusal,
    start,
    stop,
)
from schedule.models import Lesson, ManualRecording, Room
from schedule.rooms.polling import poll_room
from tests.support.cloud import LocalCloud
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

SECOND = dt.timedelta(seconds=1)


def now() -> dt.datetime:
    return timezone.now()


def states(cloud: LocalCloud, room: Room) -> list[str]:
    return [recording["State"] for recording in cloud.recordings(room.number)]


def runs(cloud: LocalCloud, room: Room) -> int:
    return states(cloud, room).count("running")


def entries() -> list[tuple[str, User | None]]:
    kinds = (AuditKind.RECORDING_STARTED, AuditKind.RECORDING_STOPPED)
    rows = AuditEntry.objects.filter(kind__in=kinds).order_by("pk")
    return [(entry.kind, entry.actor) for entry in rows]


def settle_later(after: dt.timedelta) -> None:
    with time_machine.travel(now() + after):
        settle_due(now())


def test_class_is_recorded_until_somebody_stops_it_and_again(
    lesson: Lesson, room: Room, teacher: User, assistant: User, local_cloud: LocalCloud
) -> None:
    for number in (1, 2):
        assert start(lesson, teacher, now()) is Outcome.STARTED
        assert runs(local_cloud, room) == 1

        assert stop(lesson, assistant, now()) is Outcome.STOPPED
        assert runs(local_cloud, room) == 0
        local_cloud.recorded(room.number, number)

    rows = ManualRecording.objects.all()
    tasks = {recording["TaskId"] for recording in local_cloud.recordings(room.number)}
    assert {row.task_id for row in rows} == tasks
    people = {(row.started_by, row.stopped_by, row.due_at) for row in rows}
    assert people == {(teacher, assistant, None)}
    assert entries() == 2 * [
        (AuditKind.RECORDING_STARTED, teacher),
        (AuditKind.RECORDING_STOPPED, assistant),
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_press_at_once_one_starts_it(
    lesson: Lesson, room: Room, teacher: User, assistant: User, local_cloud: LocalCloud
) -> None:
    outcomes = all_at_once(lambda who: start(lesson, who, now()), [teacher, assistant])

    assert set(outcomes) == {Outcome.STARTED, Outcome.RUNS_ALREADY}
    assert len(local_cloud.calls(action="StartRecord")) == 1
    assert stop(lesson, teacher, now()) is Outcome.STOPPED
    assert stop(lesson, assistant, now()) is Outcome.NOTHING_RUNS


@pytest.mark.django_db(transaction=True)
def test_of_several_who_stop_it_at_once_all_read_that_it_has_stopped(
    lesson: Lesson, room: Room, teacher: User, assistant: User, local_cloud: LocalCloud
) -> None:
    start(lesson, teacher, now())

    outcomes = all_at_once(lambda who: stop(lesson, who, now()), [teacher, assistant, teacher])

    assert set(outcomes) <= {Outcome.STOPPED, Outcome.NOTHING_RUNS}
    assert [kind for kind, _by in entries()] == [
        AuditKind.RECORDING_STARTED,
        AuditKind.RECORDING_STOPPED,
    ]


def test_class_that_has_begun_since_it_was_asked_for_is_recorded(
    lesson: Lesson, room: Room, teacher: User
) -> None:
    Room.objects.update(cloud_status=0)

    assert start(lesson, teacher, now()) is Outcome.STARTED


class TestRefused:
    def refused(self, lesson: Lesson, by: User) -> Refusal:
        with pytest.raises(RecordingRefused) as caught:
            start(Lesson.objects.get(pk=lesson.pk), by, now())
        assert not ManualRecording.objects.running().exists()
        return caught.value.refusal

    def test_class_that_has_not_begun(self, lesson_from_now, teacher, local_cloud):
        lesson = lesson_from_now(60, 90, record_mode=RecordMode.MANUAL)

        assert self.refused(lesson, teacher) is Refusal.NOT_BEGUN

    def test_class_that_has_ended_is_known_to_have(self, lesson, room, teacher, local_cloud):
        local_cloud.change_room(room.number, "end")

        assert self.refused(lesson, teacher) is Refusal.CLASS_OVER
        room.refresh_from_db()
        assert room.cloud_status == 2

    def test_full_storage(self, lesson, room, teacher, local_cloud):
        local_cloud.fill_storage()

        assert self.refused(lesson, teacher) is Refusal.STORAGE_FULL
        Room.objects.update(sent_record_mode=RecordMode.NONE, recording_refused=True)
        assert self.refused(lesson, teacher) is Refusal.STORAGE_FULL

    def test_room_that_was_made_otherwise(self, lesson, room, teacher):
        Room.objects.update(sent_record_mode=RecordMode.AUTOMATIC)

        assert self.refused(lesson, teacher) is Refusal.OTHER_ROOM

    def test_cancelled_lesson(self, lesson, room, teacher):
        Lesson.objects.update(state="cancelled")

        assert self.refused(lesson, teacher) is Refusal.CANCELLED

    def test_other_refusal(self, lesson, room, teacher, local_cloud):
        local_cloud.switch("StartRecord", "fail", code="FailedOperation")

        assert self.refused(lesson, teacher) is Refusal.BY_CLOUD

    @pytest.mark.parametrize("mode", sorted(set(RecordMode) - {RecordMode.MANUAL}))
    def test_lesson_that_is_recorded_otherwise(self, lesson, room, teacher, mode):
        lesson.record_mode = mode
        for change in (start, stop):
            with pytest.raises(NotByHand):
                change(lesson, teacher, now())

    def test_cloud_that_was_not_reached(self, lesson, room, teacher, local_cloud):
        local_cloud.switch("StartRecord", "rate_limit")

        with pytest.raises(CloudUnavailable):
            start(lesson, teacher, now())

        assert not ManualRecording.objects.running().exists()
        local_cloud.clear()
        assert start(lesson, teacher, now()) is Outcome.STARTED


class TestLostAnswers:
    def test_recording_that_began_without_an_answer_is_found(
        self, lesson, room, teacher, local_cloud
    ):
        local_cloud.switch("StartRecord", "drop_after")
        assert start(lesson, teacher, now()) is Outcome.START_NOT_KNOWN
        assert start(lesson, teacher, now()) is Outcome.RUNS_ALREADY

        settle_due(now())

        row = ManualRecording.objects.get()
        assert row.task_id == local_cloud.recordings(room.number)[0]["TaskId"]
        assert row.started_at == row.asked_at
        assert stop(lesson, teacher, now()) is Outcome.STOPPED

    def test_recording_that_never_began_is_given_up_when_the_call_cannot_come_in_any_more(
        self, lesson, room, teacher, local_cloud
    ):
        local_cloud.switch("StartRecord", "http500", times=1)
        assert start(lesson, teacher, now()) is Outcome.START_NOT_KNOWN
        settle_due(now())
        assert ManualRecording.objects.running().exists()

        settle_later(COMES_IN_WITHIN + SECOND)

        row = ManualRecording.objects.get()
        assert (row.started_at, row.due_at, row.stopped_at is None) == (None, None, False)
        assert entries() == []
        assert start(lesson, teacher, now()) is Outcome.STARTED

    def test_process_that_was_killed_in_the_call_leaves_it_to_a_worker(
        self, lesson, room, teacher, local_cloud, monkeypatch
    ):
        monkeypatch.setattr(writing, "start_recording", self.killed)
        with pytest.raises(KeyboardInterrupt):
            start(lesson, teacher, now())
        settle_due(now())
        assert ManualRecording.objects.get().attempts == 0

        settle_later(ANSWERED_WITHIN + SECOND)

        assert not ManualRecording.objects.running().exists()

    @staticmethod
    def killed(*_call: Any) -> str:
        raise KeyboardInterrupt

    def test_class_that_ends_before_the_answer_comes_was_recorded(
        self, lesson, room, teacher, local_cloud, monkeypatch
    ):
        def start_and_end(number: int, priority: Priority) -> str:
            task_id = start_recording(number, priority)
            local_cloud.change_room(number, "end")
            poll_room(room, Priority.BACKGROUND)
            return task_id

        monkeypatch.setattr(writing, "start_recording", start_and_end)
        start(lesson, teacher, now())

        row = ManualRecording.objects.get()
        assert row.task_id == local_cloud.recordings(room.number)[0]["TaskId"]
        assert row.started_at == row.stopped_at
        assert (row.due_at, entries()) == (None, [(AuditKind.RECORDING_STARTED, teacher)])

    def test_what_runs_already_is_taken_over(self, lesson, room, teacher, local_cloud):
        start(lesson, teacher, now())
        ManualRecording.objects.all().delete()

        assert start(lesson, teacher, now()) is Outcome.RUNS_ALREADY

        assert ManualRecording.objects.get().started_at is not None
        assert stop(lesson, teacher, now()) is Outcome.STOPPED

    @pytest.mark.parametrize("fault", ["drop_after", "http500"])
    def test_stop_without_an_answer_is_looked_after(
        self, lesson, room, teacher, assistant, local_cloud, fault
    ):
        start(lesson, teacher, now())
        local_cloud.switch("StopRecord", fault, times=1)
        assert stop(lesson, assistant, now()) is Outcome.STOP_NOT_KNOWN

        settle_due(now())

        assert runs(local_cloud, room) == 0
        row = ManualRecording.objects.get()
        assert (row.stopped_by, row.stopped_at is None) == (assistant, False)
        assert entries()[-1] == (AuditKind.RECORDING_STOPPED, assistant)

    def test_stop_of_what_may_have_begun(self, lesson, room, teacher, local_cloud):
        local_cloud.switch("StartRecord", "drop_after")
        start(lesson, teacher, now())
        assert stop(lesson, teacher, now()) is Outcome.STOP_NOT_KNOWN

        settle_due(now())

        assert runs(local_cloud, room) == 0
        assert [kind for kind, _by in entries()] == [
            AuditKind.RECORDING_STARTED,
            AuditKind.RECORDING_STOPPED,
        ]

    @pytest.mark.parametrize(
        ("fault", "still_runs"), [(None, True), ("http500", False)], ids=["runs", "never began"]
    )
    def test_refused_question_ends_only_what_was_never_known_to_run(
        self, lesson, room, teacher, local_cloud, fault, still_runs
    ):
        if fault:
            local_cloud.switch("StartRecord", fault, times=1)
        start(lesson, teacher, now())
        local_cloud.switch("DescribeRecordTask", "fail", code="FailedOperation")

        settle_later(ASKED_EVERY + SECOND)

        assert ManualRecording.objects.running().exists() is still_runs

    def test_one_that_breaks_off_is_noticed(self, lesson, room, teacher, local_cloud):
        start(lesson, teacher, now())
        for number in (1, 2):
            settle_later(number * ASKED_EVERY + SECOND)
            assert ManualRecording.objects.running().exists()
        local_cloud.break_recording(room.number)

        settle_later(3 * ASKED_EVERY + SECOND)

        row = ManualRecording.objects.get()
        assert (row.stopped_by, row.stopped_at is None) == (None, False)
        assert start(lesson, teacher, now()) is Outcome.STARTED


def test_end_of_the_class_stops_it(lesson, room, teacher, local_cloud):
    start(lesson, teacher, now())
    ManualRecording.objects.update(started_at=room.asked_at - SECOND)
    local_cloud.change_room(room.number, "end")

    poll_room(room, Priority.BACKGROUND)

    room.refresh_from_db()
    row = ManualRecording.objects.get()
    assert (row.stopped_at, row.stopped_by, row.due_at) == (room.real_ended_at, None, None)
    assert [kind for kind, _by in entries()] == [AuditKind.RECORDING_STARTED]
    assert stop(lesson, teacher, now()) is Outcome.NOTHING_RUNS


def test_stop_after_an_end_that_nobody_knows_of_yet_is_no_error(lesson, room, teacher, local_cloud):
    start(lesson, teacher, now())
    local_cloud.change_room(room.number, "end")

    assert stop(lesson, teacher, now()) is Outcome.STOPPED
