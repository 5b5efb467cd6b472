"""The list behind a notice of several changed lessons."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from schedule.enums import ActionOrigin, RecordMode
from schedule.lessons.change import change_lesson, schedule_lessons
from schedule.lessons.delete import delete_lessons
from schedule.models import Lesson, PlanningAction
from tests.factories.schedule import LessonFactory, MembershipFactory
from tests.support.lessons import changed, later
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def others() -> Lesson:
    """A lesson with which the cast has nothing to do."""
    return LessonFactory.create()


@pytest.fixture
def action(lesson: Lesson, others: Lesson, planner: User) -> PlanningAction:
    """Both lessons move, and the recording of a third one is left out."""
    made = PlanningAction(by=planner, origin=ActionOrigin.PAGE, reason="运动会")
    for each in (lesson, others):
        move(each, 24 * HOUR, action=made)
    third = LessonFactory.create(teacher=lesson.teacher)
    plan = changed(third, record_mode=RecordMode.NONE)
    assert change_lesson(third, plan, action=made)
    return made


def move(lesson: Lesson, by: dt.timedelta, *, action: PlanningAction | None = None) -> None:
    now = Lesson.objects.get(pk=lesson.pk)
    plan = changed(now, starts_at=now.starts_at + by, ends_at=now.ends_at + by)
    assert change_lesson(now, plan, action=action)


def page_of(client: Client, action: PlanningAction, **query: Any) -> Element:
    return read(client.get(f"/schedule/changes/{action.code}/", query).content)


def rows(page: Element) -> list[Element]:
    return page.all("li", "notice-row")


def test_who_is_concerned_sees_their_own_lessons_and_why_but_not_who_planned(
    teacher, assistant, student, action, lesson, signed_in
):
    for person in (teacher, assistant, student):
        page = page_of(signed_in(person), action)

        (row,) = rows(page)
        assert "语文课" in row.text, person
        assert "时间：" in row.text, person
        assert page.link("语文课") == f"/schedule/lessons/{lesson.code}/", person
        assert "原因：运动会" in page.text, person
        assert "孙教务" not in page.text, person
    with time_machine.travel(lesson.ends_at + 48 * HOUR):
        # The list stays when its lessons are over.
        assert len(rows(page_of(signed_in(student), action))) == 1


def test_staff_see_all_and_who_did_it_supervisors_what_people_were_told(
    action, planner, supervisor, signed_in
):
    page = page_of(signed_in(planner), action)
    assert len(rows(page)) == 3
    assert "孙教务" in page.one("main").text

    page = page_of(signed_in(supervisor), action)
    assert len(rows(page)) == 2
    assert "孙教务" not in page.text


def test_outsiders_and_who_left_before_find_nothing(
    action, class_group, outsider, other_teacher, signed_in
):
    former = MembershipFactory.create(class_group=class_group, to_date=dt.date(2000, 1, 1)).user

    for user in (outsider, other_teacher, former):
        client = signed_in(user)
        for code in (action.code, "nonesuch"):
            assert client.get(f"/schedule/changes/{code}/").status_code == 404, user


def test_who_lost_the_lesson_still_reads_of_it_without_a_link(
    lesson, teacher, other_teacher, signed_in
):
    made = PlanningAction()
    change_lesson(lesson, changed(lesson, teacher=other_teacher), action=made)

    (row,) = rows(page_of(signed_in(teacher), made))

    assert "李老师 → 赵老师" in row.text
    assert row.all("a") == []


def test_what_changed_again_is_marked(action, lesson, student, signed_in):
    client = signed_in(student)
    assert "此后又有变化" not in page_of(client, action).text

    move(lesson, HOUR)

    assert "此后又有变化" in page_of(client, action).text


def test_deleted_lesson_has_no_page(planner, signed_in):
    lesson = LessonFactory.create(is_draft=True)
    made = lesson.changes.get().action
    delete_lessons([lesson], at=timezone.now())

    (row,) = rows(page_of(signed_in(planner), made))

    assert row.all("a") == []


def test_many_are_paged_and_cost_as_much_as_one(
    lesson, student, planner, signed_in, django_assert_num_queries
):
    client = signed_in(student)
    made = PlanningAction(by=planner)
    for numbers, count in ((range(1), 1), (range(1, 11), 11)):
        plans = [
            changed(lesson, title=f"复习{number}", **later(lesson, hours=number + 1))
            for number in numbers
        ]
        schedule_lessons(plans, action=made)
        page_of(client, made)

        with django_assert_num_queries(9, info=f"{count} lessons"):
            page = page_of(client, made)

        assert len(rows(page)) == min(count, 10)
        assert f"{count} 节课有变化" in page.text

    (row,) = rows(page_of(client, made, page=2))
    assert "复习10" in row.text
