"""Days on which things are lost: in the end each replay is accounted for, and its page tells how.

The clock's work is done here by hand, minute after minute, with a real local cloud.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
import time_machine
from django.utils import timezone, translation

from classroom.client.rate_limits import Priority
from classroom.models import CallbackEvent
from classroom.services.callback_processing import process_event
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from replays.selectors.history import history_of
from replays.services.polling import ask_for_missing
from replays.wording import explain
from schedule.enums import CloudStatus
from schedule.models import Lesson, Room
from schedule.rooms.polling import poll_rooms
from tests.factories.schedule import LessonFactory
from tests.support.callbacks import KEY, body_of, deliver
from tests.support.classes import known, make_room
from tests.support.cloud import LocalCloud

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
FIRST_HOUR = (0, 1, 2, 5, 10, 20, 40, 59)
BEGAN, ENDED = "The class began", "The class ended"
CALLED = [
    "Message received: the class had begun",
    "Message received: the class had ended",
    "Message received: a recording was finished",
]
FOUND = "File 1 was found"
UNASKED = "No message about the recording arrived: the platform found it by checking."
UNCALLED = "No message about the recording has arrived so far."
SILENT = "Until TIME checks were not possible"


@pytest.fixture(autouse=True)
def impatient(monkeypatch, settings, local_cloud):
    monkeypatch.setattr("classroom.client.transport.FIRST_WAIT_S", 0.01)
    monkeypatch.setattr("classroom.client.transport.READ_TIMEOUT_S", dict.fromkeys(Priority, 1.0))
    settings.REPLAY_HOSTS = [local_cloud.url.removeprefix("http://")]
    settings.LCIC_CALLBACK_KEY = [KEY]


class Day:
    """Some classes of one hour, and the clock's work on them."""

    def __init__(self, cloud: LocalCloud, *lessons: Lesson) -> None:
        self.cloud = cloud
        self.rooms = [make_room(each) for each in lessons]
        self.began = lessons[0].starts_at + 2 * MINUTE
        self.has_worker = True

    def hold(self, *, recordings: int = 1) -> None:
        with self.at(-1):
            for room in self.rooms:
                self.cloud.change_room(room.number, "start")
                self.cloud.change_room(room.number, "end")
                self.cloud.recorded(room.number, recordings)

    def call(self) -> None:
        """Let the cloud's callbacks arrive; a worker takes them up when there is one."""
        with self.at(-0.5):
            for room in self.rooms:
                for event_type in ("RoomStart", "RoomEnd", "RecordFinish"):
                    answer = deliver(body_of(event_type, {"RoomId": room.number}))
                    assert answer.status_code == 200

    @contextmanager
    def at(self, minutes: float) -> Iterator[dt.datetime]:
        with time_machine.travel(self.began + minutes * MINUTE):
            yield timezone.now()

    def pass_by(self, moments_min: Iterable[float]) -> None:
        """Do what the clock and the workers do, at these minutes of the day."""
        for minutes in moments_min:
            with self.at(minutes) as now:
                if self.has_worker:
                    poll_rooms(now)
                    self._process(now)
                    ask_for_missing(timezone.now())

    def _process(self, now: dt.datetime) -> None:
        # As if half a second had gone by since the last look.
        CallbackEvent.objects.update(begun_at=None)
        for event in CallbackEvent.objects.due(at=now, told_before=now):
            process_event(event.pk, at=now)

    def replays(self) -> list[Replay]:
        return list(Replay.objects.filter(room__in=self.rooms).select_related("room"))

    def standings(self) -> set[tuple[str, str]]:
        return {(replay.state, replay.reason) for replay in self.replays()}

    def stories(self) -> set[tuple[str, ...]]:
        """The trail of each replay read as sentences; times left out, and how often it was asked."""
        stories = set()
        with translation.override("en"):
            for replay in self.replays():
                trail = history_of(replay, at=self.began)
                told = [*(step.text for step in trail.entries), *trail.remarks]
                told = [re.sub(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d", "TIME", text) for text in told]
                stories.add(tuple(text for text in told if not text.startswith("Since the class")))
        return stories


@pytest.fixture
def day(lesson: Lesson, local_cloud: LocalCloud) -> Day:
    return Day(local_cloud, lesson)


@pytest.fixture
def day_of_two(lesson: Lesson, local_cloud: LocalCloud) -> Day:
    return Day(local_cloud, lesson, LessonFactory.create(starts_at=lesson.starts_at))


READY = {(ReplayState.READY, ReplayReason.FOUND)}
PROCESSING = {(ReplayState.PROCESSING, ReplayReason.ENDED)}


def test_good_day(day):
    day.hold()
    day.call()
    day.pass_by([0, 1])

    assert day.standings() == READY
    assert day.stories() == {(BEGAN, ENDED, *CALLED, FOUND)}


def test_all_callbacks_lost(day):
    day.hold()
    day.pass_by([0, 1])

    assert day.standings() == READY
    assert day.stories() == {(BEGAN, ENDED, FOUND, UNASKED)}


def test_api_down_for_an_hour(day_of_two):
    day = day_of_two
    day.hold()
    day.cloud.switch("*", "http500")
    day.call()
    day.pass_by(FIRST_HOUR)
    assert day.standings() == {(ReplayState.EXPECTED, ReplayReason.TO_COME)}
    day.cloud.clear()
    day.pass_by([61, 62, 75])

    assert day.standings() == READY
    assert day.stories() == {(BEGAN, ENDED, *CALLED, SILENT, FOUND)}


def test_all_callbacks_lost_and_api_down_for_an_hour(day):
    day.hold()
    day.cloud.switch("*", "http500")
    day.pass_by(FIRST_HOUR)
    day.cloud.clear()
    day.pass_by([61, 62, 75])

    assert day.standings() == READY
    assert day.stories() == {(BEGAN, ENDED, SILENT, FOUND, UNASKED)}


def test_api_goes_down_while_recordings_are_being_made(day):
    day.cloud.set_recording(delay_s=3 * 3600)
    day.hold(recordings=0)
    day.pass_by([0])
    assert day.standings() == PROCESSING
    day.cloud.switch("*", "http500")
    day.pass_by(FIRST_HOUR[1:])
    day.cloud.clear()
    day.pass_by([61, 75])
    assert day.standings() == PROCESSING
    finish_recordings(day)
    day.pass_by([421, 440])

    assert day.standings() == READY
    nothing_yet = "Checked: no recording yet"
    assert day.stories() == {(BEGAN, ENDED, nothing_yet, SILENT, FOUND, UNASKED)}


def test_worker_dead_for_an_hour(day):
    day.hold()
    day.has_worker = False
    day.call()
    day.pass_by(FIRST_HOUR)
    assert CallbackEvent.objects.waiting().count() == 3
    # By then the page tells of the calls that came, and not that there was none.
    waiting = [f"{text} (not yet processed)" for text in CALLED]
    assert day.stories() == {tuple(waiting)}
    Room.objects.filter(pk__in=[room.pk for room in day.rooms]).update(
        cloud_status=CloudStatus.ENDED
    )
    assert day.stories() == {tuple(waiting)}
    Room.objects.filter(pk__in=[room.pk for room in day.rooms]).update(
        cloud_status=CloudStatus.NOT_STARTED
    )
    day.has_worker = True
    day.pass_by([61, 62])

    assert not CallbackEvent.objects.waiting().exists()
    assert day.standings() == READY
    # The page says when the calls came, not when somebody had time for them.
    assert day.stories() == {(BEGAN, ENDED, *CALLED, FOUND)}
    for replay in day.replays():
        called = replay.steps.filter(kind="callback").values_list("at", flat=True)
        assert max(called) < day.began + 2 * MINUTE
        assert known(replay.found_at) >= day.began + 61 * MINUTE


def test_recordings_late(day):
    day.cloud.set_recording(delay_s=6 * 3600)
    day.hold(recordings=0)
    day.pass_by([0, 1, 2, 5, 10, 30, 60, 120, 300])
    assert day.standings() == PROCESSING
    assert day.stories() == {(BEGAN, ENDED, "Checked: no recording yet", UNCALLED)}
    finish_recordings(day)
    day.pass_by([421, 440])

    assert day.standings() == READY
    assert day.stories() == {(BEGAN, ENDED, "Checked: no recording yet", FOUND, UNASKED)}


def test_recordings_deleted_in_the_cloud(day_of_two):
    day = day_of_two
    day.hold()
    day.call()
    day.pass_by([0, 1])
    for room in day.rooms:
        day.cloud.delete_recordings(room.number)
    day.pass_by([12, 23, 34])

    assert day.standings() == {(ReplayState.DELETED, ReplayReason.VANISHED)}
    assert day.stories() == {
        (
            BEGAN,
            ENDED,
            *CALLED,
            FOUND,
            "File 1 could not be found any more",
            "File 1 was deleted, but not on this platform",
            "Deleted: The recording was deleted elsewhere",
        )
    }


def test_recordings_that_never_come(day):
    day.cloud.set_recording(enabled=False)
    day.hold(recordings=0)
    day.pass_by([0, 1, 60])
    for days in (1, 8, 31):
        day.pass_by([days * 24 * 60])

    assert day.standings() == {(ReplayState.FAILED, ReplayReason.GIVEN_UP)}
    assert day.stories() == {
        (
            BEGAN,
            ENDED,
            "Checked: no recording yet",
            "Failed: No recording appeared within 30 days",
            UNCALLED,
        )
    }


def test_storage_full_all_day(lesson, local_cloud):
    local_cloud.fill_storage()
    day = Day(local_cloud, lesson)
    day.hold(recordings=0)
    day.pass_by([0, 1])

    assert day.standings() == {(ReplayState.FAILED, ReplayReason.STORAGE_FULL)}
    assert day.stories() == {
        (BEGAN, ENDED, "Failed: The school's storage for recordings was full, or its bill not paid")
    }


@pytest.mark.parametrize("loss", ["", "never", "full"])
def test_nobody_is_left_guessing(lesson, local_cloud, loss):
    """Whatever was lost, each page says why, and what comes next or can be done."""
    if loss == "full":
        local_cloud.fill_storage()
    day = Day(local_cloud, lesson)
    if loss == "never":
        local_cloud.set_recording(enabled=False)
    day.hold(recordings=0 if loss else 1)
    day.pass_by([0, 5])

    for replay in day.replays():
        told = explain(replay, day.began + 5 * MINUTE)
        assert told.sentence
        assert told.advice or told.asking or replay.is_ready


def finish_recordings(day: Day) -> None:
    """Let the cloud make what it still owes; its clock is ours, as it runs in this process."""
    with day.at(7 * 60):
        for room in day.rooms:
            day.cloud.recorded(room.number)
