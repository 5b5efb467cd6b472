"""The people inside against the roster of the lesson's day."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ClassroomIdentity
from attendance.enums import INSIDE_AS_GUEST, MemberRole
from attendance.models import RoomPresence
from attendance.presence.reading import PeopleInside, people_inside
from attendance.presence.saving import MemberCells
from schedule.models import Room
from tests.factories.schedule import MembershipFactory, UnplannedLessonFactory
from tests.support.cloud import SDK_APP_ID
from tests.support.guests import guest_of
from tests.support.running_class import RunningClass

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def inside(running: RunningClass, *cells: list[str | int]) -> PeopleInside:
    RoomPresence.objects.update_or_create(
        room=running.room, defaults={"members": list(cells), "looked_at": running.at(1)}
    )
    return people_inside([running.lesson.pk], running.at(1))[running.lesson.pk]


def cells(running: RunningClass, number: int) -> list[str | int]:
    return [running.student(number).user_id, int(MemberRole.STUDENT), "n"]


def test_students_who_are_there_and_those_who_are_missing(running: RunningClass):
    people = inside(running, cells(running, 0))

    present, missing = running.students
    assert (people.expected, people.inside) == (2, 1)
    assert [(student.person_id, student.code, student.name) for student in people.missing] == [
        (missing.pk, missing.code, missing.display_name)
    ]
    assert people.teacher_inside is False
    assert people.uninvited == ()
    assert present.pk not in {student.person_id for student in people.missing}


def test_supervisors_are_nobody_and_strangers_are_uninvited(running: RunningClass):
    teacher: MemberCells = [running.teacher().user_id, int(MemberRole.TEACHER), "t"]
    strangers: list[MemberCells] = [
        ["x", int(MemberRole.STUDENT), "stranger"],
        ["y", int(MemberRole.SUPERVISOR), "z"],
    ]

    as_supervisor: MemberCells = [running.student().user_id, int(MemberRole.SUPERVISOR), "s"]

    people = inside(running, teacher, *strangers, as_supervisor)

    assert (people.expected, people.inside, people.teacher_inside) == (2, 0, True)
    assert [member.nickname for member in people.uninvited] == ["stranger"]


def test_guests_of_the_lesson_stand_apart_and_those_of_another_are_uninvited(
    running: RunningClass,
):
    guest_of(running.lesson, "客人甲", "guest")
    guest_of(UnplannedLessonFactory.create(), "客人乙", "strayed")
    guests: list[MemberCells] = [["guest", INSIDE_AS_GUEST, ""], ["strayed", INSIDE_AS_GUEST, ""]]

    people = inside(running, cells(running, 0), *guests)

    assert (people.expected, people.inside) == (2, 1)
    assert [guest.name for guest in people.guests] == ["客人甲"]
    assert [member.user_id for member in people.uninvited] == ["strayed"]


def test_person_whom_the_cloud_forgot_meanwhile_is_known_by_the_id_of_before(running: RunningClass):
    before = cells(running, 0)
    identity = ClassroomIdentity.objects.get(user=running.students[0])
    identity.classroom_user_id, identity.earlier_user_ids = "new", [before[0]]
    identity.save()

    assert inside(running, before).inside == 1


def test_roster_is_that_of_the_day_and_of_those_who_have_an_account(running: RunningClass):
    group = running.lesson.class_groups.get()
    today = timezone.localdate(running.lesson.starts_at)
    MembershipFactory.create(class_group=group, to_date=today - DAY)
    MembershipFactory.create(class_group=group, from_date=today + DAY)
    MembershipFactory.create(class_group=group, user__is_active=False)

    assert inside(running).expected == 2


def test_room_into_which_nobody_has_looked(running: RunningClass):
    people = people_inside([running.lesson.pk], running.at(1))[running.lesson.pk]

    assert (people.expected, people.inside, people.looked_at) == (2, 0, None)
    assert people.teacher_inside is None


def test_many_lessons_cost_as_many_queries_as_one(db: None):
    lessons = [UnplannedLessonFactory.create() for _number in range(12)]
    for number, lesson in enumerate(lessons):
        MembershipFactory.create(class_group=lesson.class_groups.get())
        room = Room.objects.create(lesson=lesson, room_id=number + 1, sdk_app_id=SDK_APP_ID)
        RoomPresence.objects.create(room=room, members=[[f"u{number}", 0, "n"]])

    def queries(count: int) -> int:
        with CaptureQueriesContext(connection) as asked:
            people_inside([lesson.pk for lesson in lessons[:count]], timezone.now())
        return len(asked)

    assert queries(12) == queries(1) == 5

    for lesson in lessons:
        user_id = f"guest-{lesson.pk}"
        guest_of(lesson, user_id=user_id)
        members = [[user_id, INSIDE_AS_GUEST, ""]]
        RoomPresence.objects.filter(room__lesson=lesson).update(members=members)
    assert queries(12) == queries(1) == 6
