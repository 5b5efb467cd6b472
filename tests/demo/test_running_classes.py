"""Classes that are held while the demo opens: begun in the local cloud, but for a few."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from edu_platform.demo.roster import DEMO_TEACHER
from edu_platform.demo.running_classes import begin_classes
from schedule.models import Lesson, Room
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory
from tests.support.classes import known
from tests.support.cloud import LocalCloud

pytestmark = [pytest.mark.django_db, pytest.mark.only_on_sqlite("as the demo runs")]

MINUTE = dt.timedelta(minutes=1)


def lesson_of_now(*, begins: dt.timedelta = -10 * MINUTE, username: str = "") -> Lesson:
    starts_at = timezone.now() + begins
    people = {"teacher": UserFactory.create(username=username)} if username else {}
    return LessonFactory.create(starts_at=starts_at, ends_at=starts_at + 40 * MINUTE, **people)


def statuses(cloud: LocalCloud) -> dict[int, int]:
    return {room["RoomId"]: room["Status"] for room in cloud.rooms()}


def test_classes_of_now_are_begun_but_for_a_late_one(local_cloud: LocalCloud) -> None:
    lessons = [lesson_of_now() for _number in range(5)]
    own = lesson_of_now(username=DEMO_TEACHER)
    to_come, over = lesson_of_now(begins=MINUTE), lesson_of_now(begins=-41 * MINUTE)

    for _start in range(2):
        begin_classes(at=timezone.now())

    rooms = {room.lesson_id: known(room.room_id) for room in Room.objects.current()}
    begun = [lesson.pk for lesson in lessons[:-1]]
    assert set(rooms) == set(begun)
    assert {rooms[pk] for pk in begun} == set(statuses(local_cloud))
    assert set(statuses(local_cloud).values()) == {1}
    assert not {own.pk, to_come.pk, over.pk} & set(rooms)


def test_cloud_that_does_not_answer_begins_none(settings, local_cloud: LocalCloud) -> None:
    lesson = lesson_of_now()
    local_cloud.switch("CreateRoom", "http500")

    begin_classes(at=timezone.now())

    assert not Room.objects.made().filter(lesson=lesson).exists()
