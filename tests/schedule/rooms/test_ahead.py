"""Rooms of coming lessons."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
from django.utils import timezone

from classroom.client import rooms as cloud_rooms
from classroom.client.errors import CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.rooms import RoomPlan
from schedule.enums import RoomReason
from schedule.models import Lesson, Room
from schedule.rooms import ahead
from schedule.rooms.ahead import make_rooms_ahead
from schedule.rooms.making import LEASE, add_row
from tests.factories.schedule import UnplannedLessonFactory, school_time

pytestmark = pytest.mark.django_db


class TestAhead:
    def test_rooms_are_made_inside_the_horizon_only(self, local_cloud):
        inside = UnplannedLessonFactory.create(starts_at=school_time(13, 8))
        UnplannedLessonFactory.create(starts_at=school_time(16, 8))
        UnplannedLessonFactory.create(starts_at=school_time(2, 8), is_draft=True)
        UnplannedLessonFactory.create(starts_at=school_time(-2, 8))

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
        UnplannedLessonFactory.create(starts_at=school_time(2, 8))
        local_cloud.switch("CreateRoom", "fail", code="InvalidParameter", times=1)

        assert make_rooms_ahead(timezone.now()) == 1

    def test_lessons_for_which_the_cloud_is_always_silent_hold_up_no_other(
        self, local_cloud, monkeypatch
    ):
        planned = UnplannedLessonFactory.create_batch(ahead.MAKING_AHEAD.stop_after + 1)
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

    def test_run_that_is_out_of_time_has_the_rest_made_at_once(
        self, lesson, local_cloud, monkeypatch
    ):
        sent_tasks: list[str] = []
        monkeypatch.setattr(ahead, "send_in_background", sent_tasks.append)
        UnplannedLessonFactory.create(starts_at=school_time(2, 8))
        create_room, clock_s = cloud_rooms.create_room, [time.monotonic()]
        monkeypatch.setattr("edu_platform.lib.due._clock_s", lambda: clock_s[0])

        def create_slowly(plan: RoomPlan, priority: Priority) -> int:
            clock_s[0] += ahead.MAKING_AHEAD.limit_s + 1
            return create_room(plan, priority)

        monkeypatch.setattr(cloud_rooms, "create_room", create_slowly)

        assert make_rooms_ahead(timezone.now()) == 1
        assert sent_tasks == ["schedule.make_rooms_ahead"]

        clock_s[0] = time.monotonic()
        assert make_rooms_ahead(timezone.now()) == 1
        assert sent_tasks == ["schedule.make_rooms_ahead"]

    def test_lesson_that_is_planned_during_a_run_is_part_of_it(
        self, lesson, local_cloud, monkeypatch
    ):
        create_room = cloud_rooms.create_room

        def create_and_plan(plan: RoomPlan, priority: Priority) -> int:
            if not Lesson.objects.exclude(pk=lesson.pk).exists():
                UnplannedLessonFactory.create(starts_at=school_time(2, 8))
            return create_room(plan, priority)

        monkeypatch.setattr(cloud_rooms, "create_room", create_and_plan)

        assert make_rooms_ahead(timezone.now()) == 2

    @pytest.mark.both_databases("leases, and several who write at once")
    def test_second_run_at_once_leaves_all_to_the_first(self, lesson, local_cloud, monkeypatch):
        UnplannedLessonFactory.create(starts_at=school_time(2, 8))
        create_room, second = cloud_rooms.create_room, []

        def create_beside_another(plan: RoomPlan, priority: Priority) -> int:
            second.append(make_rooms_ahead(timezone.now()))
            return create_room(plan, priority)

        monkeypatch.setattr(cloud_rooms, "create_room", create_beside_another)

        assert make_rooms_ahead(timezone.now()) == 2
        assert second == [0, 0]

    @pytest.mark.both_databases("leases, and several who write at once")
    @pytest.mark.parametrize(
        "held_for",
        [
            pytest.param(LEASE[Priority.INTERACTIVE], id="somebody who enters makes it"),
            pytest.param(
                LEASE[Priority.BACKGROUND] - ahead.RUN_IS_SEEN_FOR, id="its run was killed"
            ),
        ],
    )
    def test_room_that_is_being_made_holds_up_no_other(self, held_for, lesson, local_cloud):
        add_row(lesson.pk, RoomReason.INTERACTIVE)
        at = timezone.now()
        Room.objects.update(lease_token="theirs", leased_until=at + held_for)
        other = UnplannedLessonFactory.create(starts_at=school_time(2, 8))

        assert make_rooms_ahead(at) == 1
        assert Room.objects.made().get().lesson == other

    def test_silent_cloud_is_left_to_the_next_run(self, lesson, local_cloud, monkeypatch):
        sent_tasks: list[str] = []
        monkeypatch.setattr(ahead, "send_in_background", sent_tasks.append)
        UnplannedLessonFactory.create(starts_at=school_time(2, 8))
        clock_s = [time.monotonic()]
        monkeypatch.setattr("edu_platform.lib.due._clock_s", lambda: clock_s[0])

        def say_nothing_for_long(_plan: RoomPlan, _priority: Priority) -> int:
            clock_s[0] += ahead.MAKING_AHEAD.limit_s + 1
            raise CloudUnavailable("CreateRoom", "silent", outcome_is_known=True)

        monkeypatch.setattr(cloud_rooms, "create_room", say_nothing_for_long)

        assert make_rooms_ahead(timezone.now()) == 0
        assert sent_tasks == []

    def test_nothing_is_asked_without_a_configured_cloud(self, lesson, settings):
        settings.LCIC_SDK_APP_ID = 0

        assert make_rooms_ahead(timezone.now()) == 0


@pytest.mark.both_databases("leases, and several who write at once")
@pytest.mark.django_db(transaction=True)
def test_run_ahead_makes_several_rooms_at_once(local_cloud, monkeypatch):
    monkeypatch.setattr(ahead, "MADE_AT_ONCE", 3)
    UnplannedLessonFactory.create_batch(3)
    all_are_here, create_room = threading.Barrier(3), cloud_rooms.create_room

    def create_together(plan: RoomPlan, priority: Priority) -> int:
        all_are_here.wait(timeout=30)
        return create_room(plan, priority)

    monkeypatch.setattr(cloud_rooms, "create_room", create_together)

    assert make_rooms_ahead(timezone.now()) == 3
    assert len({room.room_id for room in Room.objects.made()}) == 3
