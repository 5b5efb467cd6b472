"""A callback about a room: the cloud is asked, and what it says is saved; rooms of ours are adopted."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from classroom.client.errors import CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.enums import Source
from classroom.hooks import NotOurs, RoomEvent
from classroom.snapshots import RoomSnapshot
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Lesson, Room, RoomRequest
from schedule.rooms.handlers import refresh_room
from tests.support.classes import make_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(lesson, local_cloud) -> Room:
    return make_room(lesson)


def event_of(room_id: int) -> RoomEvent:
    snapshot = RoomSnapshot(room_id, priority=Priority.BACKGROUND, source=Source.CALLBACK)
    return RoomEvent(room_id=room_id, event_types=frozenset({"RoomStart"}), snapshot=snapshot)


def leave_unanswered(room: Room) -> int:
    """Forget the answer to the room's request, as a process does that is killed; return its number."""
    Room.objects.filter(pk=room.pk).update(room_id=None)
    RoomRequest.objects.filter(room=room).update(settled_at=None)
    return room.number


class TestHandler:
    def test_known_room_gets_the_clouds_state(self, room, local_cloud):
        local_cloud.change_room(room.room_id, "start")

        refresh_room(event_of(room.room_id)).apply()

        room.refresh_from_db()
        assert room.cloud_status == CloudStatus.RUNNING

    def test_nothing_is_saved_before_the_save_is_called(self, room, local_cloud):
        local_cloud.change_room(room.room_id, "start")

        refresh_room(event_of(room.room_id))

        room.refresh_from_db()
        assert room.cloud_status == CloudStatus.NOT_STARTED

    def test_known_room_that_was_deleted_is_gone(self, room, local_cloud):
        local_cloud.change_room(room.room_id, "delete")

        refresh_room(event_of(room.room_id)).apply()

        room.refresh_from_db()
        assert room.gone_at is not None

    def test_room_that_the_cloud_does_not_have_is_not_ours(self, local_cloud):
        with pytest.raises(NotOurs):
            refresh_room(event_of(399_999_999))

    def test_room_of_another_application_is_not_ours(self, room, local_cloud, settings):
        Room.objects.filter(pk=room.pk).update(room_id=1)
        known_number = local_cloud.rooms()[0]["RoomId"]
        settings.LCIC_SDK_APP_ID = settings.LCIC_SDK_APP_ID + 1

        with pytest.raises(NotOurs):
            refresh_room(event_of(known_number))

        assert Room.objects.count() == 1

    def test_unknown_room_of_ours_is_adopted(self, room, lesson, local_cloud):
        number, name = room.room_id, room.sent_name
        Room.objects.filter(pk=room.pk).update(room_id=1)
        local_cloud.change_room(number, "start")

        refresh_room(event_of(number)).apply()

        adopted = Room.objects.get(room_id=number)
        assert (adopted.lesson, adopted.reason) == (None, RoomReason.ADOPTED)
        assert (adopted.sent_name, adopted.sent_starts_at) == (name, lesson.starts_at)
        assert adopted.cloud_status == CloudStatus.RUNNING

    def test_room_of_an_unanswered_request_is_not_adopted(self, room, local_cloud):
        number = leave_unanswered(room)

        with pytest.raises(CloudUnavailable, match="not answered yet"):
            refresh_room(event_of(number))

        assert not Room.objects.filter(room_id=number).exists()

    def test_room_that_nobody_looked_for_until_its_lesson_was_over_is_adopted(
        self, room, local_cloud
    ):
        number, now, hour = leave_unanswered(room), timezone.now(), dt.timedelta(hours=1)
        Lesson.objects.filter(rooms=room).update(starts_at=now - hour, ends_at=now)
        rows = Room.objects.filter(pk=room.pk)

        rows.update(leased_until=now + hour)
        with pytest.raises(CloudUnavailable, match="not answered yet"):
            refresh_room(event_of(number))
        rows.update(leased_until=now)
        refresh_room(event_of(number)).apply()

        assert Room.objects.get(room_id=number).reason == RoomReason.ADOPTED
