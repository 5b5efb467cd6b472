"""All that is kept of a person as JSON: theirs alone, and all of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.data_export.document import document
from accounts.data_export.words import value_in_words
from accounts.enums import AuditKind
from accounts.models import AuditEntry, ClassroomIdentity, KeepingTime, Notice, Session, User
from attendance.models import PersonAttendance
from courseware.models import Courseware
from edu_platform.lib.batches import ROWS_A_STATEMENT
from edu_platform.lib.formatting import listed
from replays.models import PlaybackUse
from schedule.models import LessonChange
from tests.factories.accounts import UserFactory
from tests.factories.attendance import add_stay, cloud_id, held_room, settled, statistics_for
from tests.factories.courseware import CoursewareFactory
from tests.factories.replays import ReplayFileFactory
from tests.factories.schedule import LessonFactory, MembershipFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("JSON and unions are written differently"),
]


def tables_of(person: User) -> dict[str, Any]:
    """Return what the document says, by the label of each table."""
    with translation.override("en"):
        read = json.loads("".join(document(person)))
    return {table["table"]: table for table in read["tables"]}


def test_each_table_says_why_how_long_and_who_receives_it():
    person = UserFactory.create(username="li", display_name="李四", email="li@example.org")

    account = tables_of(person)["accounts.user"]

    assert account["count"] == 1
    assert account["rows"][0]["email"] == "li@example.org"
    assert account["purpose"] == "to know who somebody is, and to let them sign in"
    assert account["kept"] == "until the person is erased, until the next value takes its place"
    assert "the classroom service (Tencent)" in account["receivers"]
    assert account["columns"]["username"] == "username"


def test_a_student_gets_classes_attendance_and_what_the_cloud_was_told():
    student, classmate = UserFactory.create_batch(2)
    lesson = LessonFactory.create()
    for person in (student, classmate):
        MembershipFactory.create(user=person, class_group=lesson.class_groups.get())
    statistics = statistics_for(held_room(lesson))
    add_stay(statistics, student, 0, 45)
    add_stay(statistics, classmate, 0, 20)
    settled(lesson)

    tables = tables_of(student)

    (attended,) = tables["attendance.personattendance"]["rows"]
    assert attended["seconds"] == 45 * 60
    assert attended["attendance__lesson__course__name"] == lesson.course.name
    assert attended["classroom_user_ids"] == [cloud_id(student)]
    assert [row["classroom_user_id"] for row in tables["attendance.stay"]["rows"]] == [
        cloud_id(student)
    ]
    (identity,) = tables["accounts.classroomidentity"]["rows"]
    assert identity["classroom_user_id"] == cloud_id(student)
    assert len(tables["schedule.membership"]["rows"]) == 1


def test_nothing_of_another_person_is_in_it():
    person = UserFactory.create()
    other = UserFactory.create(username="wangwu", display_name="王五", email="wang@example.org")
    lesson = LessonFactory.create(teacher=other, assistants=[person])
    cloud_id(other)
    AuditEntry.objects.create(
        kind=AuditKind.PERSON_CREATED,
        actor=person,
        person=other,
        object_text="王五 (wangwu)",
        details={"subject": "王五"},
    )
    AuditEntry.objects.create(
        kind=AuditKind.PASSWORD_RESET, actor=other, person=person, address="192.0.2.8"
    )
    CoursewareFactory.create(owner=other, uploaded_by=person, name="圆.pdf")
    LessonChange.objects.all().delete()  # the history of a shared lesson names its teacher

    text = "".join(document(person))

    assert lesson.course.name in text
    for foreign in ("王五", "wangwu", "wang@example.org", cloud_id(other), "192.0.2.8"):
        assert foreign not in text
    (mine,) = tables_of(person)["courseware.courseware"]["rows"]
    # Who only uploaded it is not given the file.
    assert (mine["name"], mine["uploaded_by"], mine["owner"], mine["file"]) == (
        "圆.pdf",
        True,
        False,
        None,
    )


def test_as_what_the_person_is_in_a_lesson_is_said_and_no_one_else():
    person = UserFactory.create()
    LessonFactory.create(assistants=[person])

    (row,) = tables_of(person)["schedule.lesson"]["rows"]

    assert (row["teacher"], row["assistants"]) == (False, True)


def test_passwords_keys_and_secret_addresses_are_not_in_it():
    person = UserFactory.create(password="correct horse battery staple")
    Session.objects.create(
        user=person,
        session_key="sessionkeysessionkeysessionkey00",
        session_data="sessiondata",
        expire_date=timezone.now(),
        address="192.0.2.7",
    )
    file = ReplayFileFactory.create(replay__teacher=person, url="https://vod.example/secret.mp4")
    PlaybackUse.objects.create(file=file, user=person, kind="play", at=timezone.now())

    text = "".join(document(person))

    assert "192.0.2.7" in text
    for secret in (person.password, "sessionkey", "sessiondata", "secret.mp4"):
        assert secret not in text


def test_notices_and_what_was_done_to_an_account_are_in_words():
    person = UserFactory.create()
    Notice.objects.create(
        user=person, kind="accounts.second_factor_added", cause="one", address="/x/"
    )
    AuditEntry.objects.create(kind=AuditKind.SIGN_INS_ENDED, person=person, details={"count": 3})

    tables = tables_of(person)

    (notice,) = tables["accounts.notice"]["rows"]
    assert notice["in_words"].startswith("A second factor was set up for your account.")
    (entry,) = tables["accounts.auditentry"]["rows"]
    assert entry["in_words"] == "3 sign-ins"


def test_of_many_rows_all_are_in_it_the_newest_first():
    person = UserFactory.create()
    many = 2 * ROWS_A_STATEMENT + 1
    Notice.objects.bulk_create(
        Notice(user=person, kind="gone", cause=str(at), address="/") for at in range(many)
    )

    notices = tables_of(person)["accounts.notice"]

    assert notices["count"] == len(notices["rows"]) == many
    times = [row["created_at"] for row in notices["rows"]]
    assert times == sorted(times, reverse=True)


def test_the_history_of_lessons_tells_what_changed():
    person = UserFactory.create()
    LessonFactory.create(teacher=person)

    (change,) = tables_of(person)["schedule.lessonchange"]["rows"]

    assert change["in_words"]


def test_a_time_that_the_school_has_set_is_said():
    person = UserFactory.create()
    Notice.objects.create(user=person, kind="gone", cause="one", address="/")
    before = tables_of(person)["accounts.notice"]["kept"]
    KeepingTime.objects.create(kind="notices", days=90)

    assert (before, tables_of(person)["accounts.notice"]["kept"]) == ("for 180 days", "for 90 days")


def test_who_has_nothing_has_an_account_alone():
    person = UserFactory.create(roles=[])

    assert list(tables_of(person)) == ["accounts.user"]
    assert not Courseware.objects.exists()
    assert not PersonAttendance.objects.exists()
    assert not ClassroomIdentity.objects.exists()


def test_lists_are_shown_as_their_words():
    assert value_in_words(None, ["a1", "b2"]) == listed(["a1", "b2"])
    assert value_in_words(None, [[1, 2]]) == "[[1, 2]]"
