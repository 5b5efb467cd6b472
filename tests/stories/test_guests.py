"""Guests of two lessons from their invitation until the cloud has forgotten them, with a local cloud and the clock's work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.tasks import delete_discarded_identities
from attendance.collecting.asking import ask_due
from attendance.counting.due_lessons import count_due, expect_ended
from attendance.enums import AttendanceStage
from attendance.models import LessonAttendance
from schedule.enums import CloudStatus
from schedule.models import Lesson, Room
from schedule.rooms.polling import poll_rooms
from schedule.tasks import forget_guests_in_cloud
from tests.cast import SignedIn
from tests.factories.schedule import MembershipFactory, UnplannedLessonFactory
from tests.support.cloud import LocalCloud
from tests.support.pages import read

pytestmark = pytest.mark.django_db

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
STUDENT = "王小明"


@pytest.fixture
def clock() -> Iterator[Any]:
    """Move the clock of the platform and of the local cloud, which runs in this process."""
    begin = timezone.now().replace(microsecond=0) - 4 * HOUR
    with time_machine.travel(begin, tick=False) as travelling:
        yield travelling


def lesson_of(teacher: User) -> Lesson:
    """Make a lesson of now, to which a student belongs."""
    lesson = UnplannedLessonFactory.create(
        teacher=teacher, starts_at=timezone.now(), ends_at=timezone.now() + 45 * MINUTE
    )
    group = lesson.class_groups.get()
    MembershipFactory.create(class_group=group, user__display_name=STUDENT)
    return lesson


def address_for(name: str, lesson: Lesson, browser: Client) -> str:
    """Invite somebody on the lesson's page, and return the path that is shown there once."""
    page_of_guests = f"/schedule/lessons/{lesson.code}/guests/"
    assert browser.post(page_of_guests, {"name": name}).status_code == 303
    page = browser.get(page_of_guests)
    return urlsplit(read(page.content).one("input", id="guest-address").attrs["value"]).path


def hold(lesson: Lesson, guest: str, student: Client, cloud: LocalCloud) -> Room:
    """Hold the class until half an hour before now: the guest and a student come by their buttons, the teacher begins."""
    answers = [Client().post(guest), student.post(f"/schedule/lessons/{lesson.code}/enter/")]
    room = Room.objects.get(lesson=lesson)
    for answer in answers:
        (user_id,) = parse_qs(urlsplit(answer["Location"]).query)["userid"]
        cloud.join(room.number, user_id, at_s=int(timezone.now().timestamp()))
    cloud.change_room(room.number, "start")
    return room


def names_in(cloud: LocalCloud) -> set[str]:
    return {user["Name"] for user in cloud.users()}


def work() -> None:
    """Run what the clock runs, as far as guests go by it."""
    now = timezone.now()
    poll_rooms(now)
    ask_due(now)
    expect_ended(now)
    count_due(now)
    forget_guests_in_cloud()
    delete_discarded_identities()


def student_of(lesson: Lesson) -> User:
    return User.objects.get(memberships__class_group__lessons=lesson, display_name=STUDENT)


def stage_of(lesson: Lesson) -> str:
    return LessonAttendance.objects.get(lesson=lesson).stage


def test_cloud_knows_guests_by_their_names_and_forgets_them(
    local_cloud: LocalCloud, teacher: User, signed_in: SignedIn, clock: Any
):
    # The speaker's name is refused by the cloud in the other lesson, and nobody tells who was in that class.
    local_cloud.words("不雅")
    lessons = {
        "李作家": lesson_of(teacher),
        "不雅先生": lesson_of(UnplannedLessonFactory.create().teacher),
    }
    rooms = {}
    for name, lesson in lessons.items():
        path = address_for(name, lesson, signed_in(lesson.teacher))
        rooms[name] = hold(lesson, path, signed_in(student_of(lesson)), local_cloud)
    assert {"李作家", "访客", STUDENT} <= names_in(local_cloud)
    assert "不雅先生" not in names_in(local_cloud)
    counted, uncounted = lessons.values()
    local_cloud.set_attendance(rooms["不雅先生"].number, never=True)

    clock.shift(45 * MINUTE)
    for room in rooms.values():
        local_cloud.change_room(room.number, "end")
    assert "李作家" in names_in(local_cloud)
    for _run in range(6):
        clock.shift(10 * MINUTE)
        work()

    assert {room.cloud_status for room in Room.objects.all()} == {CloudStatus.ENDED}
    assert stage_of(counted) == AttendanceStage.FINAL
    assert stage_of(uncounted) != AttendanceStage.FINAL
    # Attendance is in: the guest of that lesson is gone, and nobody else.
    assert "李作家" not in names_in(local_cloud)
    assert {"访客", STUDENT} <= names_in(local_cloud)

    clock.move_to(uncounted.ends_at + 47 * HOUR - MINUTE)
    work()
    assert "访客" in names_in(local_cloud)

    for _run in range(3):
        clock.shift(10 * MINUTE)
        work()

    assert timezone.now() <= uncounted.ends_at + 48 * HOUR
    assert stage_of(uncounted) != AttendanceStage.FINAL
    assert "访客" not in names_in(local_cloud)
    assert STUDENT in names_in(local_cloud)
