"""People in files by their names: the one rule of forms, whichever way a file comes in."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import User
from schedule.imports.lesson_spreadsheet import check_lessons
from schedule.models import Lesson, WeeklyLesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import TermFactory
from tests.support.commands import run_with
from tests.support.sheets import csv_of

HEAD = "course,teacher,class_groups,date,start,end,room_type,record,title,assistants"
WEEKLY_HEAD = "course,teacher,class_groups,weekday,start,end,weeks,room_type,record"
FET_HEAD = "Activity Id,Day,Hour,Students Sets,Subject,Teachers,Activity Tags,Room,Comments"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def li() -> User:
    return UserFactory.create(username="li", display_name="李静怡", roles=[Role.TEACHER])


def row(teacher: str, assistants: str = "", *, day: int = 1) -> str:
    return f"语文,{teacher},1班,2099-09-{day:02},8:00,8:45,0,yes,,{assistants}"


def reasons(*rows: str) -> list[str]:
    return [str(fault) for fault in check_lessons(csv_of(HEAD, *rows)).faults]


def test_display_name_of_one_active_teacher_means_them(tmp_path: Path, li: User):
    # Neither a child of the name nor a teacher who has left stands in the way.
    UserFactory.create(display_name="李静怡", roles=[Role.STUDENT])
    UserFactory.create(display_name="李静怡", roles=[Role.TEACHER], is_active=False)

    done = run_with("import_lessons", tmp_path, csv_of(HEAD, row("李静怡")))

    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "added=1 changed=0 unchanged=0"
    assert Lesson.objects.get().teacher == li


def test_username_goes_before_a_name(li: User):
    other = UserFactory.create(username="李静怡", display_name="王", roles=[Role.TEACHER])

    (planned,) = check_lessons(csv_of(HEAD, row("李静怡"))).rows

    assert planned.plan.teacher == other


def test_two_of_a_name_are_a_fault_that_names_both(settings):
    UserFactory.create(username="li2", display_name="李静怡", roles=[Role.TEACHER])

    assert reasons(row("李静怡")) == [
        "2:teacher: 有几个人叫 李静怡：请填写其中一人的用户名（li、li2）"
    ]


def test_who_cannot_teach_is_told_by_name():
    UserFactory.create(username="ming", display_name="王小明", roles=[Role.STUDENT])

    assert reasons(row("王小明")) == ["2:teacher: 王小明 没有老师角色"]


def test_one_person_by_two_names_is_neither_their_own_assistant_nor_there_twice(li: User):
    UserFactory.create(username="zhao", display_name="赵老师", roles=[Role.TEACHER])

    check = check_lessons(csv_of(HEAD, row("李静怡", "li"), row("li", "zhao；赵老师", day=2)))

    assert [(fault.line, fault.column) for fault in check.faults] == [(2, "assistants")]
    (planned,) = check.rows
    assert [user.username for user in planned.plan.assistants] == ["zhao"]


def test_weekly_lessons_and_fet_take_names_too(tmp_path: Path, li: User):
    term = TermFactory.create()
    weekly = csv_of(WEEKLY_HEAD, "语文,李静怡,1班,1,8:00,8:45,,0,yes")
    fet = csv_of(FET_HEAD, "1,Tuesday,8:00-8:45,1班,语文,李静怡,,,")

    done = [
        run_with("import_patterns", tmp_path, weekly, "--term", term.name).code,
        run_with("import_lessons", tmp_path, fet, "--format", "fet", "--term", term.name).code,
    ]

    assert done == [0, 0]
    assert {each.teacher for each in WeeklyLesson.objects.all()} == {li}


def test_fet_takes_a_username_before_a_name(tmp_path: Path):
    term = TermFactory.create()
    UserFactory.create(username="other", display_name="li", roles=[Role.TEACHER])
    fet = csv_of(FET_HEAD, "1,Monday,8:00-8:45,1班,语文,li,,,")

    run_with(
        *("import_lessons", tmp_path, fet, "--format", "fet", "--term", term.name),
        "--create-missing",
    )

    assert WeeklyLesson.objects.get().teacher.username == "li"


def test_many_names_cost_what_one_costs():
    counts = []
    for number in (1, 20):
        people = [
            UserFactory.create(display_name=f"老师{number}-{each}", roles=[Role.TEACHER])
            for each in range(number)
        ]
        rows = [row(user.display_name, day=day) for day, user in enumerate(people, 1)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            check_lessons(csv_of(HEAD, *rows))
        counts.append(len(queries))

    assert counts[0] == counts[1]
