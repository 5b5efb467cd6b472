"""A change that waits for a lesson works on it as it is after the wait, also with another teacher."""

from __future__ import annotations

import dataclasses
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from schedule.enums import RoomReason
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.locks import lock_lessons
from schedule.lessons.plan import plan_of
from schedule.models import Lesson
from schedule.rooms.making import add_row
from tests.support.threads import done_during

pytestmark = pytest.mark.django_db(transaction=True)

LOCKED_TABLE = re.compile(r'FROM "(\w+)"')


@pytest.fixture(autouse=True)
def _rows_are_locked(transactional_db: None) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")


def give_to(teacher: User, lesson: Lesson) -> None:
    wanted = dataclasses.replace(plan_of(lesson), teacher=teacher)
    change_lesson(lesson, wanted)


def test_lesson_that_gets_another_teacher_meanwhile_is_cancelled(
    lesson: Lesson, other_teacher: User
) -> None:
    done_during(
        lambda: give_to(other_teacher, lesson),
        lambda: cancel_lesson(lesson, reason="", at=timezone.now()),
    )

    lesson.refresh_from_db()
    assert (lesson.is_cancelled, lesson.teacher) == (True, other_teacher)


def test_lesson_that_gets_another_teacher_meanwhile_is_deleted(
    lesson: Lesson, other_teacher: User
) -> None:
    done_during(
        lambda: give_to(other_teacher, lesson),
        lambda: delete_lessons([lesson], at=timezone.now()),
    )

    assert not Lesson.objects.exists()


def test_lessons_come_before_people_and_these_before_class_groups_each_by_key(
    lesson: Lesson, other_teacher: User
) -> None:
    with CaptureQueriesContext(connection) as asked:
        give_to(other_teacher, lesson)

    locks = [each["sql"] for each in asked if "FOR NO KEY UPDATE" in each["sql"]][:3]
    assert [LOCKED_TABLE.findall(sql)[0] for sql in locks] == [
        "schedule_lesson",
        "accounts_user",
        "schedule_classgroup",
    ]
    # The key is the only column.
    assert all(" ORDER BY 1 ASC " in sql for sql in locks)


def test_room_is_added_only_after_what_may_delete_its_lesson(lesson: Lesson) -> None:
    room = done_during(
        lambda: lock_lessons([lesson], will_delete=True),
        lambda: add_row(lesson.pk, RoomReason.AHEAD),
    )

    assert lesson.rooms.get() == room
