"""Rooms are asked about once their class is over, whatever told of that."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendance.collecting.following import follow_bypassed, follow_rooms
from attendance.models import LessonAttendance, RoomStatistics
from classroom.enums import Source
from schedule.enums import CloudStatus
from schedule.models import Lesson, Room
from schedule.rooms.states import RoomState, save_gone, save_room_state
from tests.factories.attendance import held_room, settled, statistics_for
from tests.factories.schedule import UnplannedLessonFactory, school_time
from tests.support.cloud import SDK_APP_ID

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _application(settings) -> None:
    settings.LCIC_SDK_APP_ID = SDK_APP_ID


@pytest.fixture
def lesson() -> Lesson:
    return UnplannedLessonFactory.create(
        starts_at=school_time(-1, 8), ends_at=school_time(-1, 8, 45)
    )


def state(room: Room, status: CloudStatus, **times: Any) -> None:
    told = RoomState(status=status, asked_at=timezone.now(), source=Source.POLL, **times)
    save_room_state(room.pk, told)


def test_room_is_asked_about_from_ten_seconds_after_its_real_end(lesson: Lesson):
    room = held_room(lesson, cloud_status=CloudStatus.RUNNING, real_ended_at=None)
    state(room, CloudStatus.RUNNING, real_started_at=lesson.starts_at)
    running = RoomStatistics.objects.count()
    state(room, CloudStatus.ENDED, real_ended_at=lesson.ends_at)

    statistics = RoomStatistics.objects.get(room=room)
    assert running == 0
    assert statistics.ended_at == lesson.ends_at
    assert statistics.due_at == lesson.ends_at + dt.timedelta(seconds=10)
    assert LessonAttendance.objects.get(pk=lesson.pk).due_at is not None


def test_what_is_known_of_a_room_stays_when_it_is_told_of_again(lesson: Lesson):
    statistics = statistics_for(held_room(lesson))

    follow_rooms([statistics.pk])

    assert RoomStatistics.objects.get() == statistics
    assert RoomStatistics.objects.get().due_at is None


def test_begun_room_that_is_gone_is_asked_about_and_another_is_not(lesson: Lesson):
    begun = held_room(lesson, cloud_status=CloudStatus.RUNNING, real_ended_at=None)
    fresh = held_room(
        lesson,
        cloud_status=CloudStatus.NOT_STARTED,
        real_started_at=None,
        real_ended_at=None,
    )
    for room in (begun, fresh):
        save_gone(room.pk, asked_at=timezone.now(), source=Source.POLL)

    assert [row.room for row in RoomStatistics.objects.all()] == [begun]


def test_lesson_that_is_opened_again_is_counted_again(lesson: Lesson):
    statistics_for(held_room(lesson))
    settled(lesson)
    again = held_room(
        lesson,
        cloud_status=CloudStatus.NOT_STARTED,
        real_started_at=None,
        real_ended_at=None,
    )
    LessonAttendance.objects.update(due_at=None)

    follow_rooms([again.pk])

    assert LessonAttendance.objects.get().due_at is not None


def test_room_of_an_application_that_the_school_has_left_is_not_asked_about(lesson: Lesson):
    room = held_room(lesson)
    Room.objects.update(sdk_app_id=1)

    follow_rooms([room.pk])

    assert not RoomStatistics.objects.exists()


def test_sweep_finds_rooms_of_the_last_days_that_no_hook_told_of(lesson: Lesson):
    old = UnplannedLessonFactory.create(
        starts_at=school_time(-9, 8), ends_at=school_time(-9, 8, 45)
    )
    room, _old_room = held_room(lesson), held_room(old)

    follow_bypassed(timezone.now())
    follow_bypassed(timezone.now())

    assert [row.room for row in RoomStatistics.objects.all()] == [room]


def test_sweep_takes_up_what_lost_its_turn(lesson: Lesson):
    statistics_for(held_room(lesson), has_come=False)

    follow_bypassed(timezone.now())

    assert RoomStatistics.objects.get().due_at is not None


def test_following_asks_as_much_of_one_room_as_of_many(lesson: Lesson):
    rooms = [held_room(lesson, end_min=10 + number) for number in range(6)]

    counts = []
    for some in (rooms[:1], rooms[1:]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            follow_rooms([room.pk for room in some])
        counts.append(len(queries))

    assert counts[0] == counts[1]
