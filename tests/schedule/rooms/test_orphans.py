"""Rooms that lost answers left behind."""

from __future__ import annotations

import pytest
from django.utils import timezone

from classroom.client.errors import CloudUnavailable
from schedule.models import Room, RoomRequest
from schedule.rooms.unknown_rooms import remove_orphan_rooms
from tests.factories.schedule import UnplannedLessonFactory, school_time
from tests.schedule.rooms.test_making import make

pytestmark = pytest.mark.django_db


class TestOrphans:
    def test_orphan_of_a_lost_answer_is_removed_and_the_used_room_stays(self, lesson, local_cloud):
        local_cloud.switch("CreateRoom", "drop_after", times=1)
        local_cloud.switch("GetRooms", "http500", times=4)
        with pytest.raises(CloudUnavailable):
            make(lesson)
        local_cloud.clear()
        # The call counted as settled although its room came into being after the look.
        RoomRequest.objects.update(settled_at=timezone.now())
        room = make(lesson)
        assert len(local_cloud.rooms()) == 2

        assert remove_orphan_rooms(timezone.now()) == 1

        assert [found["RoomId"] for found in local_cloud.rooms()] == [room.room_id]

    def test_room_made_by_hand_in_the_console_stays(self, lesson, teacher, local_cloud):
        make(lesson)
        by_hand = make(UnplannedLessonFactory.create(teacher=teacher, starts_at=school_time(3, 8)))
        RoomRequest.objects.filter(room=by_hand).delete()
        Room.objects.filter(pk=by_hand.pk).update(room_id=999)

        assert remove_orphan_rooms(timezone.now()) == 0

        assert len(local_cloud.rooms()) == 2
