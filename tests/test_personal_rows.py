"""From a person the registry leads to their rows, to all of them, and to those of nobody else."""

from __future__ import annotations

import json

import pytest
from django.db.models import Model
from django.utils import timezone

from accounts.models import AuditEntry, ClassroomIdentity, Session, User
from attendance.models import Stay
from classroom.models import CallbackEvent
from courseware.models import Courseware
from edu_platform.lib.personal_data import Held, columns_of, lines_of_tables
from edu_platform.lib.personal_rows import known_strings, lines_with_rows, rows_of, rows_of_model
from schedule.models import ClassGroup, Lesson, LessonChange, Room
from tests.factories.accounts import UserFactory
from tests.factories.attendance import add_stay, add_sum, held_room, statistics_for
from tests.factories.classroom import CallbackEventFactory
from tests.factories.courseware import CoursewareFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("JSON is searched by functions of its own on each"),
]


def line_of(model: type[Model], column: str) -> Held:
    (line,) = (
        line for line in lines_of_tables() if line.model is model and column in columns_of(line)
    )
    return line


def known_in_cloud(person: User, user_id: str, earlier: tuple[str, ...] = ()) -> ClassroomIdentity:
    identity, _made = ClassroomIdentity.objects.update_or_create(
        user=person,
        sdk_app_id=1400000000,
        defaults={"classroom_user_id": user_id, "earlier_user_ids": list(earlier)},
    )
    return identity


def test_rows_are_found_by_each_key_and_each_once():
    person, namesake = UserFactory.create_batch(2, display_name="李四")
    taught = LessonFactory.create(teacher=person)
    Lesson.objects.filter(pk=taught.pk).update(known_teacher=person)
    helped = LessonFactory.create(assistants=[person])
    LessonFactory.create(teacher=namesake)

    rows = rows_of(person, line_of(Lesson, "teacher"))

    assert list(rows.order_by("pk")) == [taught, helped]


def test_columns_without_a_way_of_their_own_are_of_the_rows_of_the_others():
    person = UserFactory.create()
    lesson = LessonFactory.create(teacher=person, title="讲评")
    LessonFactory.create()

    assert list(rows_of(person, line_of(Lesson, "title"))) == [lesson]


def test_the_history_is_found_by_the_key_beside_a_name_in_it_and_by_no_other_number():
    person = UserFactory.create()
    action = LessonFactory.create().changes.get().action
    snapshot = {"teacher": [person.pk, "李四"], "assistants": [], "course": [0, "数学"]}
    of_person = LessonChange.objects.create(action=action, lesson_code="a", after=snapshot)
    snapshot = {"teacher": [0, "王五"], "assistants": [[0, "]"], [person.pk, "李四"]]}
    as_assistant = LessonChange.objects.create(action=action, lesson_code="b", before=snapshot)
    was_away = LessonChange.objects.create(
        action=action, lesson_code="c", before={"absent_teacher": person.pk}
    )
    others = {"teacher": [0, str(person.pk)], "class_groups": [[person.pk, "一班"]]}
    LessonChange.objects.create(action=action, lesson_code="d", before=others, after=others)

    rows = set(rows_of(person, line_of(LessonChange, "before")))

    assert rows == {of_person, as_assistant, was_away}


def test_ids_of_the_cloud_find_rows_whether_they_are_of_now_or_of_before():
    person, other = UserFactory.create_batch(2)
    known_in_cloud(person, "123", earlier=("77",))
    known_in_cloud(other, "1234")
    statistics = statistics_for(held_room(LessonFactory.create()))
    for user_id in ("123", "77", "1234"):
        add_stay(statistics, user_id, 0, 10)

    stays = rows_of(person, line_of(Stay, "classroom_user_id"))

    assert {stay.classroom_user_id for stay in stays} == {"123", "77"}


def test_ids_of_the_cloud_are_found_inside_lists_and_callbacks_but_in_no_longer_one():
    person = UserFactory.create()
    known_in_cloud(person, "123")
    room = held_room(LessonFactory.create(), sent_assistant_user_ids=["9", "123"])
    held_room(LessonFactory.create(), sent_assistant_user_ids=["1234"])
    event = CallbackEventFactory.create(data=json.dumps({"EventData": {"UserId": "123"}}))
    CallbackEventFactory.create(data=json.dumps({"EventData": {"UserId": "1234"}}))

    assert list(rows_of(person, line_of(Room, "sent_assistant_user_ids"))) == [room]
    assert list(rows_of(person, line_of(CallbackEvent, "data"))) == [event]


def test_who_is_not_known_to_the_cloud_has_no_rows_of_its_ids():
    person = UserFactory.create()
    statistics = statistics_for(held_room(LessonFactory.create()))
    add_stay(statistics, "123", 0, 10)

    assert not rows_of(person, line_of(Stay, "classroom_user_id")).exists()


def test_what_only_names_people_in_its_text_is_found_by_its_model():
    person = UserFactory.create()
    class_group = ClassGroupFactory.create()
    class_group.memberships.create(user=person)

    assert list(rows_of_model(person, ClassGroup)) == [class_group]
    assert list(rows_of_model(person, User)) == [person]


def test_lines_with_rows_are_those_that_are_about_the_person():
    person, other = UserFactory.create_batch(2)
    AuditEntry.objects.create(kind="signed_in", actor=other, person=other)
    CoursewareFactory.create(owner=person)

    models = {line.model for line in lines_with_rows(person)}

    assert {User, Courseware} <= models
    assert models.isdisjoint({AuditEntry, Lesson})


def test_a_person_is_known_by_names_addresses_and_ids_but_by_no_single_character():
    person = UserFactory.create(username="Li.Si", display_name="李", email="li@example.org")
    known_in_cloud(person, "123", earlier=("77",))
    statistics = statistics_for(held_room(LessonFactory.create()))
    add_sum(statistics, "77", 60, nickname="李（旧名）")
    Session.objects.create(
        user=person, session_key="k" * 32, address="192.0.2.7", expire_date=timezone.now()
    )
    UserFactory.create(display_name="王五")

    strings = {string.text: string.column for string in known_strings(person)}

    assert {
        "Li.Si": "accounts.User.username",
        "li.si": "accounts.User.sign_in_name",
        "li@example.org": "accounts.User.email",
        "123": "accounts.ClassroomIdentity.classroom_user_id",
        "77": "accounts.ClassroomIdentity.earlier_user_ids",
        "李（旧名）": "attendance.MemberRecord.nickname",
        "192.0.2.7": "accounts.Session.address",
    }.items() <= strings.items()
    assert not {"李", "王五", "k" * 32} & set(strings)
    lengths = [len(text) for text in strings]
    assert lengths == sorted(lengths, reverse=True)
