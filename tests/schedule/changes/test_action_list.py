"""Look at the list of what was done to the timetable, and at the history of one lesson."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from schedule.enums import ActionOrigin
from schedule.imports.undo import undo_import
from schedule.lessons.change import change_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.plan import plan_of
from schedule.models import Lesson, PlanningAction
from tests.cast import SignedIn
from tests.factories.schedule import CourseFactory, LessonFactory
from tests.support.pages import Element, main

pytestmark = pytest.mark.django_db

LIST = "/schedule/changes/"


@pytest.fixture
def staff(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def change(lesson: Lesson, action: PlanningAction | None = None, **fields: Any) -> None:
    now = Lesson.objects.get(pk=lesson.pk)
    change_lesson(now, replace(plan_of(now), **fields), action=action)


def history_of(lesson: Lesson) -> str:
    return f"/schedule/lessons/{lesson.code}/changes/"


def rows(client: Client, query: str = "", address: str = LIST) -> list[Element]:
    answer = client.get(address + query)
    assert answer.status_code == 200
    return [
        each for each in main(answer).one("ol", "change-list").all("li") if "card" in each.classes
    ]


def whys(client: Client, query: str) -> list[str]:
    """The reasons of the actions that are found; no list where none is."""
    page = main(client.get(LIST + query))
    lists = page.all("ol", "change-list")
    return [line.text for each in lists for line in each.all("p") if line.text.startswith("Why:")]


@pytest.fixture
def changed(lesson: Lesson, other_teacher: User, planner: User) -> Lesson:
    action = PlanningAction(by=planner, origin=ActionOrigin.PAGE, reason="李老师 <病> 了")
    change(lesson, action, teacher=other_teacher)
    PlanningAction.objects.exclude(pk=action.pk).update(reason="开学")
    return lesson


class TestList:
    def test_says_what_why_and_who_newest_first(self, staff: Client, changed: Lesson):
        latest, first = rows(staff)

        for text in ("孙教务", "Why: 李老师 <病> 了", "1 lesson", "Teacher: 李老师 → 赵老师"):
            assert text in latest.text
        for text in ("By a command", "Planned", "Why: 开学"):
            assert text in first.text

    def test_lesson_is_a_link_until_it_is_deleted(self, staff: Client, changed: Lesson):
        draft = LessonFactory.create(course=CourseFactory.create(name="美术课"), is_draft=True)
        delete_lessons([draft], at=timezone.now())

        deleted, planned, latest, _first = rows(staff)

        assert "Deleted" in deleted.text
        for row in (deleted, planned):
            assert "美术课" in row.text
            assert not [a for a in row.all("a") if "/lessons/" in a.attrs["href"]]
        assert latest.link("语文课").startswith(f"/schedule/lessons/{changed.code}/")

    @pytest.mark.both_databases("kinds are found in a column of JSON")
    def test_is_found_by_kind_way_lesson_person_and_reason(self, staff: Client, changed: Lesson):
        expected = {
            "kind=teacher": ["李老师 <病> 了"],
            "kind=planned": ["开学"],
            "kind=moved": [],
            "kind=%22": ["李老师 <病> 了", "开学"],
            "origin=page": ["李老师 <病> 了"],
            "origin=import": [],
            "q=语文": ["李老师 <病> 了", "开学"],
            "q=yuwen": ["李老师 <病> 了", "开学"],
            "q=赵老师": ["李老师 <病> 了", "开学"],
            "q=孙教务": ["李老师 <病> 了"],
            "q=<病>": ["李老师 <病> 了"],
            f"q={changed.code}": ["李老师 <病> 了", "开学"],
            "q=nobody": [],
            "q=%25": [],
            "q=%00": ["李老师 <病> 了", "开学"],
            "from=x&to=y&page=z": ["李老师 <病> 了", "开学"],
        }

        found = {query: whys(staff, f"?{query}") for query in expected}

        assert found == {
            query: [f"Why: {reason}" for reason in reasons] for query, reasons in expected.items()
        }

    @pytest.mark.both_databases("days are compared")
    def test_is_found_by_day(self, staff: Client, changed: Lesson):
        long_ago = timezone.now() - dt.timedelta(days=400)
        PlanningAction.objects.filter(reason="开学").update(at=long_ago)
        today = timezone.localdate()

        assert whys(staff, f"?from={today}&to={today}") == ["Why: 李老师 <病> 了"]
        assert whys(staff, f"?to={today - dt.timedelta(days=1)}") == ["Why: 开学"]
        assert len(whys(staff, "?from=0001-01-01&to=9999-12-31")) == 2

    def test_action_names_some_of_its_lessons_and_leads_to_all(self, staff: Client, planner: User):
        lessons = LessonFactory.create_batch(5)
        PlanningAction.objects.all().delete()
        action = PlanningAction(by=planner, origin=ActionOrigin.IMPORT)
        for number, lesson in enumerate(lessons):
            change(lesson, action, title=f"第{number}稿")

        (row,) = rows(staff)

        assert row.text.count("Title:") == 3
        assert "and 2 other lessons" in row.text
        assert row.link("5 lessons") == f"/schedule/changes/{action.code}/"
        assert "孙教务 · By an import" in row.text

    def test_says_where_nobody_was_told(self, staff: Client, lesson: Lesson, planner: User):
        change(lesson, PlanningAction(by=planner, is_told=False), title="新题")

        untold, told = rows(staff)

        assert "Nobody was told" in untold.text
        assert "Nobody was told" not in told.text

    def test_imports_can_be_undone_from_the_list(
        self, staff: Client, lesson: Lesson, other_teacher: User, planner: User
    ):
        imported = PlanningAction(by=planner, origin=ActionOrigin.IMPORT)
        change(lesson, imported, teacher=other_teacher)

        row, others = rows(staff)
        assert row.link("Undo…") == f"/schedule/changes/{imported.code}/undo/"
        assert "Undo" not in others.text

        undo_import(imported, action=PlanningAction(by=planner))
        undone = PlanningAction.objects.get(undoes=imported)
        assert rows(staff)[1].link("Undone") == f"/schedule/changes/{undone.code}/"

    def test_empty_lists_say_why(self, staff: Client, changed: Lesson):
        assert "No change fits" in main(staff.get(f"{LIST}?q=nobody")).text
        PlanningAction.objects.all().delete()
        assert "Nothing was done" in main(staff.get(LIST)).text


class TestHistoryOfLesson:
    def test_has_all_that_was_done_to_it(self, staff: Client, changed: Lesson):
        LessonFactory.create()

        latest, first = rows(staff, address=history_of(changed))

        assert "Teacher: 李老师 → 赵老师" in latest.text
        assert "Planned" in first.text
        page = main(staff.get(history_of(changed)))
        assert page.one("h1").text.startswith("语文课")
        assert page.link("‹ To the lesson") == f"/schedule/lessons/{changed.code}/"

    def test_has_several_pages(self, staff: Client, lesson: Lesson):
        for number in range(11):
            change(lesson, title=f"第{number}稿")

        assert len(rows(staff, "?page_size=10", history_of(lesson))) == 10
        assert len(rows(staff, "?page_size=10&page=2", history_of(lesson))) == 2

    def test_says_to_how_many_lessons_it_was_done(
        self, staff: Client, lesson: Lesson, planner: User
    ):
        action = PlanningAction(by=planner)
        for each in (lesson, LessonFactory.create()):
            change(each, action, title="新题")

        latest, _first = rows(staff, address=history_of(lesson))

        assert latest.link("Done to 2 lessons at once") == f"/schedule/changes/{action.code}/"

    def test_stays_when_the_lesson_is_deleted(self, staff: Client):
        draft = LessonFactory.create(is_draft=True)
        delete_lessons([draft], at=timezone.now())

        deleted, _planned = rows(staff, address=history_of(draft))

        assert "Deleted" in deleted.text
        assert main(staff.get(history_of(draft))).link("‹ Changes of the timetable") == LIST

    @pytest.mark.parametrize("code", ["nonesuch", "a" * 200])
    def test_of_no_lesson_is_missing(self, staff: Client, lesson: Lesson, code: str):
        assert staff.get(f"/schedule/lessons/{code}/changes/").status_code == 404


def test_both_are_for_planners_alone(
    signed_in: SignedIn,
    changed: Lesson,
    teacher: User,
    student: User,
    supervisor: User,
    administrator: User,
):
    for address in (LIST, history_of(changed)):
        for user in (teacher, student, supervisor):
            assert signed_in(user).get(address).status_code == 404, (user, address)
        assert signed_in(administrator).get(address).status_code == 200


def test_both_cost_as_many_queries_for_many_as_for_one(
    staff: Client, lesson: Lesson, planner: User
):
    def queries(address: str) -> int:
        staff.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(address).status_code == 200
        return len(captured)

    addresses = (LIST, f"{LIST}?q=语文", history_of(lesson))
    before = {address: queries(address) for address in addresses}
    for number in range(4):
        change(lesson, PlanningAction(by=planner), title=f"第{number}稿")

    assert {address: queries(address) for address in before} == before
    assert max(before.values()) <= 12
