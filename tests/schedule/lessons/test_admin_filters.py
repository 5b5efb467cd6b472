"""The list of lessons in the administration: today first, and found by day, teacher and class group."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.models import Lesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory, CourseFactory, LessonFactory
from tests.support.pages import Element, read

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),
    # In UTC it is still Sunday.
    pytest.mark.time_machine(dt.datetime(2026, 9, 6, 17, tzinfo=dt.UTC), tick=False),
]

LIST = "/admin/schedule/lesson/"
MONDAY = "2026-09-07"


@pytest.fixture
def client(planner: User) -> Client:
    client = Client()
    client.force_login(planner)
    client.cookies["django_language"] = "en"
    return client


def lesson_at(text: str, **fields: Any) -> Lesson:
    starts_at = timezone.make_aware(dt.datetime.fromisoformat(text))
    ends_at = starts_at + dt.timedelta(minutes=45)
    return LessonFactory.create(starts_at=starts_at, ends_at=ends_at, title=text, **fields)


def page(client: Client, query: str = "") -> Element:
    answer = client.get(LIST + query)
    assert answer.status_code == 200
    return read(answer.content)


def listed(client: Client, query: str = "") -> list[str]:
    return [cell.text for cell in page(client, query).all(css_class="field-title")]


@pytest.fixture
def lessons() -> list[Lesson]:
    starts = (
        "2026-09-01 08:00",
        "2026-09-06 23:00",
        "2026-09-07 00:30",
        "2026-09-07 15:00",
        "2026-09-08 08:00",
        "2026-09-13 23:30",
        "2026-09-14 00:00",
        "2026-09-20 23:30",
        "2026-09-21 00:00",
    )
    return [lesson_at(start) for start in starts]


@pytest.mark.usefixtures("lessons")
def test_today_comes_first_then_what_is_to_come_then_what_was(client: Client) -> None:
    assert listed(client) == [
        "2026-09-07 00:30",
        "2026-09-07 15:00",
        "2026-09-08 08:00",
        "2026-09-13 23:30",
        "2026-09-14 00:00",
        "2026-09-20 23:30",
        "2026-09-21 00:00",
        "2026-09-06 23:00",
        "2026-09-01 08:00",
    ]


@pytest.mark.usefixtures("lessons")
def test_days_are_those_of_the_school(client: Client) -> None:
    expected = {
        "today": ["2026-09-07 00:30", "2026-09-07 15:00"],
        "tomorrow": ["2026-09-08 08:00"],
        "this-week": [
            *("2026-09-07 00:30", "2026-09-07 15:00", "2026-09-08 08:00", "2026-09-13 23:30"),
        ],
        "next-week": ["2026-09-14 00:00", "2026-09-20 23:30"],
    }
    links = {link.text: link.attrs["href"] for link in page(client).all("a")}

    for day in expected:
        assert links[day.replace("-", " ").capitalize()] == f"?day={day}"
    assert {day: listed(client, f"?day={day}") for day in expected} == expected

    with time_machine.travel(dt.datetime(2026, 9, 13, 15, 30, tzinfo=dt.UTC), tick=False):
        late_on_sunday = listed(client, "?day=this-week")

    assert late_on_sunday[0] == "2026-09-13 23:30"
    assert "2026-09-14 00:00" not in late_on_sunday


def test_lessons_are_found_by_teacher_class_group_and_course(
    client: Client, teacher: User, other_teacher: User
) -> None:
    group, course = ClassGroupFactory.create(name="五年级1班"), CourseFactory.create(name="美术课")
    lesson_at(f"{MONDAY} 08:00", teacher=teacher, class_groups=[group])
    lesson_at(f"{MONDAY} 09:00", teacher=other_teacher, class_groups=[group], course=course)
    lesson_at(f"{MONDAY} 10:00", teacher=teacher)

    assert listed(client, f"?teacher={teacher.pk}") == [f"{MONDAY} 08:00", f"{MONDAY} 10:00"]
    assert listed(client, f"?class_group={group.pk}") == [f"{MONDAY} 08:00", f"{MONDAY} 09:00"]
    assert listed(client, f"?course={course.pk}") == [f"{MONDAY} 09:00"]
    assert listed(client, "?q=美术课") == [f"{MONDAY} 09:00"]
    both = f"?teacher={teacher.pk}&class_group={group.pk}&day=today"
    assert listed(client, both) == [f"{MONDAY} 08:00"]


def test_filter_is_a_form_that_keeps_the_others(client: Client, lesson: Lesson) -> None:
    left = UserFactory.create(display_name="钱老师", roles=[Role.STUDENT])
    lesson_at(f"{MONDAY} 08:00", teacher=left)
    UserFactory.create(display_name="王小明", roles=[Role.STUDENT])

    shown = page(client, f"?day=today&q=x&p=2&teacher={lesson.teacher_id}")

    form = next(each for each in shown.all("form") if each.all("select", name="teacher"))
    kept = {each.attrs["name"]: each.attrs["value"] for each in form.all("input")}
    options = {each.text: "selected" in each.attrs for each in form.all("option")}
    assert kept == {"day": "today", "q": "x"}
    assert {text.split(" (")[0]: chosen for text, chosen in options.items()} == {
        "All": False,
        "李老师": True,
        "陈助教": False,
        "钱老师": False,
    }
    assert {len(each.all("button")) for each in shown.all("form", "choice-filter")} == {1}


def test_value_that_is_nobodys_counts_as_absent(client: Client, lesson: Lesson) -> None:
    values = ["", "abc", "999999"]

    found = {value: listed(client, f"?teacher={value}") for value in values}

    assert found == {value: [lesson.title] for value in values}


def test_list_costs_the_same_with_more_lessons(client: Client, lesson: Lesson) -> None:
    page(client)
    with CaptureQueriesContext(connection) as few:
        page(client)
    for hour in range(8, 11):
        lesson_at(f"{MONDAY} {hour:02}:00")
    with CaptureQueriesContext(connection) as many:
        page(client)

    assert len(many) == len(few) <= 20
