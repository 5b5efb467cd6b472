"""Rooms of coming lessons."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from classroom.client import rooms as cloud_rooms
from classroom.client.errors import CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomPlan
from schedule.models import Room
from schedule.services import rooms_ahead
from schedule.services.rooms_ahead import make_rooms_ahead
from tests.factories.schedule import LessonFactory, school_time

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("claims, and constraints with a condition"),
]


class TestAhead:
    def test_rooms_are_made_inside_the_horizon_only(self, local_cloud):
        inside = LessonFactory.create(starts_at=school_time(13, 8))
        LessonFactory.create(starts_at=school_time(16, 8))
        LessonFactory.create(starts_at=school_time(2, 8), is_draft=True)
        LessonFactory.create(starts_at=school_time(-2, 8))

        assert make_rooms_ahead(timezone.now()) == 1

        assert Room.objects.get().lesson == inside

    def test_second_run_asks_for_nothing(self, lesson, local_cloud):
        make_rooms_ahead(timezone.now())
        calls_before = len(local_cloud.calls())

        assert make_rooms_ahead(timezone.now()) == 0

        assert len(local_cloud.calls()) == calls_before

    def test_unreachable_cloud_stops_the_run_and_the_next_goes_on(
        self, lesson, local_cloud, monkeypatch
    ):
        monkeypatch.setattr("classroom.client.transport.FIRST_WAIT_S", 0.01)
        local_cloud.switch("*", "http500")
        assert make_rooms_ahead(timezone.now()) == 0
        local_cloud.clear()

        assert make_rooms_ahead(timezone.now()) == 1

    def test_one_refused_lesson_does_not_hold_up_the_others(self, lesson, local_cloud):
        LessonFactory.create(starts_at=school_time(2, 8))
        local_cloud.switch("CreateRoom", "fail", code="InvalidParameter", times=1)

        assert make_rooms_ahead(timezone.now()) == 1

    def test_lessons_for_which_the_cloud_is_always_silent_hold_up_no_other(
        self, local_cloud, monkeypatch
    ):
        planned = LessonFactory.create_batch(rooms_ahead.MAKING_AHEAD.stop_after + 1)
        # In UTC: hours that a clock shows twice equal no others.
        silent = {lesson.starts_at.astimezone(dt.UTC) for lesson in planned[:-1]}
        sound = planned[-1]
        create_room = cloud_rooms.create_room

        def create_or_say_nothing(plan: RoomPlan, priority: Priority) -> int:
            if plan.starts_at.astimezone(dt.UTC) in silent:
                raise CloudUnavailable("CreateRoom", "silent", outcome_is_known=True)
            return create_room(plan, priority)

        monkeypatch.setattr(cloud_rooms, "create_room", create_or_say_nothing)

        assert [make_rooms_ahead(timezone.now()) for _run in range(2)] == [0, 1]
        assert Room.objects.made().get().lesson == sound

    def test_nothing_is_asked_without_a_configured_cloud(self, lesson, settings):
        settings.LCIC_SDK_APP_ID = 0

        assert make_rooms_ahead(timezone.now()) == 0
