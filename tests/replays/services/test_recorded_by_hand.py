"""Replays of classes that were recorded by hand: a file for each start, and a reason where nobody started one."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from classroom.client.rate_limits import Priority
from classroom.enums import Source
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from replays.polling_times import NOT_STARTED_AFTER
from replays.services.refresh import ask
from schedule.enums import RecordMode
from schedule.manual_recording.writing import RecordingRefused, start, stop
from schedule.models import Lesson, ManualRecording, Room
from schedule.rooms.polling import poll_room
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def room(teacher: User, local_cloud: LocalCloud) -> Room:
    soon = timezone.now().replace(microsecond=0) + 5 * MINUTE
    lesson = UnplannedLessonFactory.create(
        teacher=teacher, starts_at=soon, ends_at=soon + 45 * MINUTE, record_mode=RecordMode.MANUAL
    )
    made = make_room(lesson)
    local_cloud.change_room(made.number, "start")
    poll_room(made, Priority.BACKGROUND)
    return made


def end(room: Room, cloud: LocalCloud, *, files: int) -> None:
    cloud.change_room(room.number, "end")
    cloud.recorded(room.number, files)
    poll_room(room, Priority.BACKGROUND)


def look(room: Room, after: dt.timedelta = dt.timedelta()) -> Replay:
    with time_machine.travel(timezone.now() + after):
        ask(room.number, priority=Priority.CLASS_ENDED, source=Source.POLL).apply()
    return Replay.objects.get(room=room)


def test_each_start_gives_a_file(room: Room, teacher: User, local_cloud: LocalCloud) -> None:
    lesson = Lesson.objects.get(rooms=room)
    for number in (1, 2):
        start(lesson, teacher, timezone.now())
        stop(lesson, teacher, timezone.now())
        local_cloud.recorded(room.number, number)
    end(room, local_cloud, files=2)

    replay = look(room)

    assert (replay.state, replay.files.count()) == (ReplayState.READY, 2)


def test_file_that_does_not_come_is_looked_for_as_any_other(
    room: Room, teacher: User, local_cloud: LocalCloud
) -> None:
    local_cloud.set_recording(enabled=False)
    start(Lesson.objects.get(rooms=room), teacher, timezone.now())
    end(room, local_cloud, files=0)

    replay = look(room, NOT_STARTED_AFTER + MINUTE)

    assert (replay.state, replay.reason) == (ReplayState.PROCESSING, ReplayReason.ENDED)


def test_file_of_a_recording_of_which_the_cloud_said_nothing_before_the_class_ended_is_looked_for(
    room: Room, teacher: User, local_cloud: LocalCloud
) -> None:
    local_cloud.set_recording(enabled=False)
    local_cloud.switch("StartRecord", "drop_after", times=1)
    start(Lesson.objects.get(rooms=room), teacher, timezone.now() - MINUTE)
    end(room, local_cloud, files=0)

    replay = look(room, NOT_STARTED_AFTER + MINUTE)

    assert (replay.state, replay.reason) == (ReplayState.PROCESSING, ReplayReason.ENDED)


def test_recording_that_was_refused_has_no_file_to_look_for(
    room: Room, teacher: User, local_cloud: LocalCloud
) -> None:
    local_cloud.fill_storage()
    with pytest.raises(RecordingRefused):
        start(Lesson.objects.get(rooms=room), teacher, timezone.now())
    # The cloud counts in whole seconds.
    ManualRecording.objects.update(stopped_at=F("asked_at"))
    end(room, local_cloud, files=0)

    assert look(room, NOT_STARTED_AFTER + MINUTE).reason == ReplayReason.NOT_STARTED_BY_HAND


def test_class_that_nobody_recorded_has_none(room: Room, local_cloud: LocalCloud) -> None:
    end(room, local_cloud, files=0)
    assert look(room).reason == ReplayReason.BY_HAND_ENDED

    replay = look(room, NOT_STARTED_AFTER + MINUTE)

    assert (replay.state, replay.reason) == (ReplayState.NONE, ReplayReason.NOT_STARTED_BY_HAND)
