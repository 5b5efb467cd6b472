"""The cloud's word on a room is saved, forwards only, however events come."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from classroom.client.rate_limits import Priority
from classroom.enums import Source
from classroom.snapshots import RoomSnapshot
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Room, RoomPolling
from schedule.rooms.states import RoomState, save_gone, save_room_state, state_of_snapshot
from tests.support.classes import known, make_room

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def room(lesson, local_cloud) -> Room:
    return make_room(lesson)


def look_at(room_id: int) -> RoomSnapshot:
    return RoomSnapshot(room_id, priority=Priority.BACKGROUND, source=Source.CALLBACK)


def state(status: CloudStatus, *, asked_at: dt.datetime) -> RoomState:
    return RoomState(status=status, asked_at=asked_at, source=Source.CALLBACK)


class TestSaving:
    def test_state_is_saved_with_its_source_and_time(self, room):
        asked_at = timezone.now() + SECOND

        save_room_state(room.pk, state(CloudStatus.RUNNING, asked_at=asked_at))

        room.refresh_from_db()
        assert (room.cloud_status, room.asked_at, room.source) == (
            CloudStatus.RUNNING,
            asked_at,
            Source.CALLBACK,
        )

    def test_earlier_look_does_not_overwrite_a_later_one(self, room):
        later = timezone.now() + 2 * SECOND
        save_room_state(room.pk, state(CloudStatus.ENDED, asked_at=later))

        save_room_state(room.pk, state(CloudStatus.RUNNING, asked_at=later - SECOND))

        room.refresh_from_db()
        assert room.cloud_status == CloudStatus.ENDED

    def test_later_look_may_go_back_when_the_cloud_says_so(self, room):
        at = timezone.now() + SECOND
        save_room_state(room.pk, state(CloudStatus.EXPIRED, asked_at=at))

        save_room_state(room.pk, state(CloudStatus.RUNNING, asked_at=at + SECOND))

        room.refresh_from_db()
        assert room.cloud_status == CloudStatus.RUNNING

    def test_look_that_tells_no_times_keeps_those_that_are_known(self, room):
        at = timezone.now() + SECOND
        known = RoomState(
            status=CloudStatus.ENDED,
            asked_at=at,
            source=Source.POLL,
            real_started_at=NOW,
            real_ended_at=NOW + SECOND,
        )
        save_room_state(room.pk, known)

        save_room_state(room.pk, state(CloudStatus.ENDED, asked_at=at + SECOND))

        room.refresh_from_db()
        assert (room.real_started_at, room.real_ended_at) == (NOW, NOW + SECOND)

    def test_answer_ends_a_silence(self, room):
        RoomPolling.objects.create(room=room, unreachable_since=NOW, due_at=NOW)

        save_room_state(room.pk, state(CloudStatus.NOT_STARTED, asked_at=timezone.now() + SECOND))

        room.refresh_from_db()
        assert (room.unanswered_since, room.next_poll_at) == (None, None)


class TestGone:
    def test_lesson_to_come_gets_another_room(self, room, lesson):
        save_gone(room.pk, asked_at=timezone.now(), source=Source.POLL)

        room.refresh_from_db()
        current = Room.objects.current().get(lesson=lesson)
        assert (room.gone_at is not None, room.is_current) == (True, False)
        assert (current.generation, current.reason) == (2, RoomReason.VANISHED)

    def test_past_lesson_keeps_its_room(self, room, lesson):
        save_gone(room.pk, asked_at=lesson.ends_at + SECOND, source=Source.POLL)

        room.refresh_from_db()
        assert (room.gone_at, room.is_current) == (lesson.ends_at + SECOND, True)
        assert Room.objects.count() == 1

    def test_second_look_changes_nothing(self, room, lesson):
        save_gone(room.pk, asked_at=timezone.now(), source=Source.POLL)
        save_gone(room.pk, asked_at=timezone.now(), source=Source.POLL)

        assert Room.objects.filter(lesson=lesson).count() == 2


class TestLook:
    def test_running_class_costs_one_call(self, room, local_cloud):
        local_cloud.change_room(room.room_id, "start")
        before = local_cloud.calls()[-1]["n"]

        found = state_of_snapshot(look_at(room.room_id))

        assert found.status is CloudStatus.RUNNING
        assert [call["action"] for call in local_cloud.calls(before)] == ["DescribeRoom"]

    def test_ended_class_tells_its_real_times(self, room, local_cloud):
        local_cloud.change_room(room.room_id, "start")
        local_cloud.change_room(room.room_id, "end")

        found = state_of_snapshot(look_at(room.room_id))

        (in_cloud,) = local_cloud.rooms()
        assert found.status is CloudStatus.ENDED
        assert known(found.real_started_at).timestamp() == in_cloud["RealStartTime"]
        assert known(found.real_ended_at).timestamp() == in_cloud["RealEndTime"]


class TestNeverHeld:
    @pytest.mark.parametrize(
        ("status", "asked_after", "gone", "expected"),
        [
            (CloudStatus.EXPIRED, dt.timedelta(), False, True),
            (CloudStatus.NOT_STARTED, dt.timedelta(hours=23), False, False),
            (CloudStatus.NOT_STARTED, dt.timedelta(hours=24), False, True),
            (CloudStatus.NOT_STARTED, dt.timedelta(), True, True),
            (CloudStatus.RUNNING, dt.timedelta(days=3), False, False),
            (CloudStatus.ENDED, dt.timedelta(days=3), False, False),
        ],
    )
    def test_is_decided_by_the_cloud_or_a_day_later(self, status, asked_after, gone, expected):
        room = Room(
            room_id=1,
            cloud_status=status,
            asked_at=NOW + asked_after,
            gone_at=NOW if gone else None,
        )

        assert room.was_never_held(planned_end=NOW) is expected
