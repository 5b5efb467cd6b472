"""Rooms whose making was not answered are found, and those that nobody uses are removed."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.enums import Role
from classroom.client import transport
from classroom.client.errors import CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from schedule.models import Lesson, RoomRequest
from schedule.rooms.sync import sync_rooms
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, UnplannedLessonFactory, school_time
from tests.schedule.rooms.test_making import make

pytestmark = pytest.mark.django_db


class TestLostAnswers:
    @pytest.mark.parametrize("kind", ["drop_after", "garble"])
    def test_room_of_a_lost_answer_is_found_in_the_same_click(self, kind, lesson, local_cloud):
        local_cloud.switch("CreateRoom", kind, times=1)

        room = make(lesson)

        assert [found["RoomId"] for found in local_cloud.rooms()] == [room.room_id]

    def test_room_of_a_late_answer_is_found_by_the_next_click(
        self, lesson, local_cloud, monkeypatch
    ):
        monkeypatch.setitem(transport.READ_TIMEOUT_S, Priority.INTERACTIVE, 0.3)
        local_cloud.switch("CreateRoom", "late", seconds=1, times=1)
        local_cloud.switch("GetRooms", "http500")
        with pytest.raises(CloudUnavailable):
            make(lesson)
        local_cloud.clear()

        room = make(lesson)

        assert [found["RoomId"] for found in local_cloud.rooms()] == [room.room_id]
        assert not RoomRequest.objects.filter(settled_at=None).exists()

    def test_call_that_had_no_effect_is_made_again(self, lesson, local_cloud):
        local_cloud.switch("CreateRoom", "drop_before", times=1)
        with pytest.raises(CloudUnavailable):
            make(lesson)

        room = make(lesson)

        assert [found["RoomId"] for found in local_cloud.rooms()] == [room.room_id]

    def test_room_of_a_refused_call_is_not_looked_for(self, lesson, local_cloud):
        local_cloud.switch("CreateRoom", "fail", code="FailedOperation", times=1)
        with pytest.raises(CloudRejected):
            make(lesson)

        make(lesson)

        assert local_cloud.calls(action="GetRooms") == []

    def test_lessons_of_one_name_and_time_find_each_their_own_room(self, local_cloud):
        lessons = [
            UnplannedLessonFactory.create(
                title="语文课 第一讲",
                starts_at=school_time(1, 9),
                teacher=UserFactory.create(roles=[Role.TEACHER]),
                class_groups=[ClassGroupFactory.create()],
            )
            for _number in range(3)
        ]
        local_cloud.switch("CreateRoom", "drop_after", times=3)

        made = [make(lesson) for lesson in lessons]

        assert len({room.room_id for room in made}) == 3
        teachers = {found["RoomId"]: found["TeacherId"] for found in local_cloud.rooms()}
        assert len(teachers) == 3
        for lesson, room in zip(lessons, made, strict=True):
            identity = lesson.teacher.classroom_identities.get()
            assert teachers[room.room_id] == identity.classroom_user_id

    def test_found_room_gets_what_changed_meanwhile(self, lesson, local_cloud):
        local_cloud.switch("CreateRoom", "drop_after", times=1)
        local_cloud.switch("GetRooms", "http500")
        with pytest.raises(CloudUnavailable):
            make(lesson)
        local_cloud.clear()
        Lesson.objects.filter(pk=lesson.pk).update(title="语文课 换了题目")
        lesson.refresh_from_db()

        make(lesson)
        sync_rooms(timezone.now())

        assert [found["Name"] for found in local_cloud.rooms()] == ["语文课 换了题目"]
