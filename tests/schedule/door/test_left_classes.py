"""A class is left by all its people at once."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from classroom.client import rooms as cloud_rooms
from classroom.client.rate_limits import Priority
from schedule.door.left_classes import look_at_left_class
from schedule.door.people import note_entry
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Room
from schedule.rooms.making import ensure_room
from tests.schedule.conftest import LessonAt
from tests.support.cloud import LocalCloud
from tests.support.threads import all_at_once


@pytest.mark.django_db(transaction=True)
def test_look_of_the_first_is_that_of_the_others(
    lesson_from_now: LessonAt, student: User, teacher: User, local_cloud: LocalCloud
) -> None:
    lesson, at = lesson_from_now(-5, 40), timezone.now()
    room = ensure_room(lesson, priority=Priority.INTERACTIVE, reason=RoomReason.INTERACTIVE, at=at)
    people = [student, teacher, *lesson.assistants.all()]
    for user in people:
        note_entry(user, lesson, at=at)
    local_cloud.change_room(room.number, "start")
    cloud_rooms.end_room(room.number, Priority.INTERACTIVE)
    Room.objects.update(cloud_status=CloudStatus.RUNNING, asked_at=None)

    all_at_once(look_at_left_class, people)

    assert Room.objects.get().cloud_status == CloudStatus.ENDED
    assert len(local_cloud.calls(action="DescribeRoom")) == 1
