"""The history of the timetable in the administration."""

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
from schedule.lessons.delete import delete_draft
from schedule.lessons.plan import plan_of
from schedule.models import Lesson, LessonChange, PlanningAction
from tests.cast import SignedIn
from tests.factories.schedule import CourseFactory, LessonFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

CHANGES = "/admin/schedule/lessonchange/"
ACTIONS = "/admin/schedule/planningaction/"


@pytest.fixture
def staff(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def change(lesson: Lesson, action: PlanningAction | None = None, **fields: Any) -> None:
    now = Lesson.objects.get(pk=lesson.pk)
    change_lesson(now, replace(plan_of(now), **fields), action=action)


def column(client: Client, address: str, name: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return [cell.text for cell in read(answer.content).all(css_class=f"field-{name}")]


@pytest.fixture
def changed(lesson: Lesson, other_teacher: User, planner: User) -> Lesson:
    action = PlanningAction(by=planner, origin=ActionOrigin.PAGE, reason="李老师 <病> 了")
    change(lesson, action, teacher=other_teacher)
    return lesson


def test_list_says_what_why_and_who(staff: Client, changed: Lesson, planner: User) -> None:
    assert column(staff, CHANGES, "what") == ["Teacher: 李老师 → 赵老师", "Planned"]
    assert column(staff, CHANGES, "why") == ["李老师 <病> 了", "–"]
    assert column(staff, CHANGES, "who") == ["孙教务", "By a command"]


def test_lesson_is_a_link_until_it_is_deleted(staff: Client, changed: Lesson) -> None:
    draft = LessonFactory.create(course=CourseFactory.create(name="美术课"), is_draft=True)
    delete_draft(draft)

    page = read(staff.get(CHANGES).content)

    cells: list[Element] = page.all(css_class="field-lesson_link")
    addresses = [[link.attrs["href"] for link in cell.all("a")] for cell in cells]
    assert addresses == [[], [], *[[f"/schedule/lessons/{changed.code}/"]] * 2]
    assert column(staff, CHANGES, "what")[0] == "Deleted"
    assert cells[0].text.startswith("美术课 ")


@pytest.mark.both_databases("kinds are found in a column of JSON")
def test_is_found_by_kind_way_lesson_and_person(staff: Client, changed: Lesson) -> None:
    LessonFactory.create(course=CourseFactory.create(name="美术课"))
    expected = {
        "kind=teacher": 1,
        "kind=planned": 2,
        "kind=moved": 0,
        "kind=%22": 3,
        "action__origin__exact=page": 1,
        "action__origin__exact=import": 0,
        "q=语文": 2,
        "q=赵老师": 2,
        "q=孙教务": 1,
        "q=nobody": 0,
    }

    found = {query: len(column(staff, f"{CHANGES}?{query}", "what")) for query in expected}

    assert found == expected


@pytest.mark.both_databases("days are compared")
def test_is_found_by_day(staff: Client, changed: Lesson) -> None:
    long_ago = timezone.now() - dt.timedelta(days=400)
    PlanningAction.objects.filter(reason="").update(at=long_ago)
    day = timezone.localdate()
    query = f"action__at__year={day.year}&action__at__month={day.month}&action__at__day={day.day}"

    assert column(staff, f"{CHANGES}?{query}", "what") == ["Teacher: 李老师 → 赵老师"]


def test_history_of_a_lesson_leads_to_the_list_of_changes(staff: Client, changed: Lesson) -> None:
    LessonFactory.create()

    answer = staff.get(f"/admin/schedule/lesson/{changed.pk}/history/")

    assert answer.status_code == 302
    assert column(staff, answer["Location"], "what") == ["Teacher: 李老师 → 赵老师", "Planned"]


def test_history_of_no_lesson_leads_back(staff: Client) -> None:
    assert staff.get("/admin/schedule/lesson/999/history/")["Location"] == "/admin/"


def test_actions_lead_to_their_changes(staff: Client, planner: User) -> None:
    first, second = LessonFactory.create_batch(2)
    PlanningAction.objects.all().delete()
    action = PlanningAction(by=planner, origin=ActionOrigin.IMPORT)
    change(first, action, title="第一稿")
    change(second, action, title="第二稿")
    change(second, title="第三稿")

    page = read(staff.get(ACTIONS).content)

    assert column(staff, ACTIONS, "who") == ["By a command", "孙教务 · By an import"]
    assert column(staff, ACTIONS, "lessons") == ["1 lesson", "2 lessons"]
    assert len(column(staff, page.link("2 lessons"), "what")) == 2
    assert column(staff, f"{ACTIONS}?q=孙", "lessons") == ["2 lessons"]


def test_nothing_is_changed_by_hand(staff: Client, changed: Lesson) -> None:
    for address, row in [
        (CHANGES, LessonChange.objects.latest("pk")),
        (ACTIONS, PlanningAction.objects.latest("pk")),
    ]:
        page = f"{address}{row.pk}/change/"
        assert staff.get(page).status_code == 200
        assert staff.post(page, {"reason": "x"}).status_code == 403
        assert staff.post(f"{address}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        assert staff.get(f"{address}add/").status_code == 403


def test_others_do_not_see_it(
    signed_in: SignedIn,
    changed: Lesson,
    teacher: User,
    student: User,
    supervisor: User,
    outsider: User,
) -> None:
    for user in (teacher, student, supervisor, outsider):
        client = signed_in(user)
        for address in (CHANGES, ACTIONS):
            assert client.get(address).status_code in {302, 403}, (user, address)


def test_lists_cost_as_many_queries_for_many_as_for_one(
    staff: Client, lesson: Lesson, planner: User
) -> None:
    def queries(address: str) -> int:
        staff.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(address).status_code == 200
        return len(captured)

    before = {address: queries(address) for address in (CHANGES, ACTIONS)}
    for number in range(4):
        change(lesson, PlanningAction(by=planner), title=f"第{number}稿")

    assert {address: queries(address) for address in before} == before


def test_imports_can_be_undone_from_the_list(
    staff: Client, lesson: Lesson, other_teacher: User, planner: User
) -> None:
    imported = PlanningAction(by=planner, origin=ActionOrigin.IMPORT)
    change(lesson, imported, teacher=other_teacher)

    page = read(staff.get(ACTIONS).content)
    assert page.link("Undo…") == f"/schedule/changes/{imported.code}/undo/"
    assert column(staff, ACTIONS, "undo") == ["Undo…", "–"]

    undo_import(imported, action=PlanningAction(by=planner))
    undone = PlanningAction.objects.get(undoes=imported)
    page = read(staff.get(ACTIONS).content)
    assert page.link("Undone") == f"/schedule/changes/{undone.code}/"
