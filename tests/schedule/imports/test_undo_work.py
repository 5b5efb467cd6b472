"""An import that a worker undoes: asked for on its page, and what becomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.long_work import WorkState
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.imports.undo import undo_import
from schedule.lessons.change import change_lesson
from schedule.models import Lesson, PlanningAction, Work
from schedule.work import kinds
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.lessons import begin, changed
from tests.support.long_work import done_by_worker, page_of_work, refusal_on, stop, way_of
from tests.support.pages import main
from tests.support.sheets import csv_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("all_is_long")]

HEAD = "course,teacher,class_groups,date,start,end,room_type,record"
ROWS = (
    "语文课,li,1班,2099-09-02,8:00,8:45,0,yes",
    "数学课,li,1班,2099-09-02,9:00,9:45,0,yes",
)


@pytest.fixture
def imported() -> PlanningAction:
    UserFactory.create(username="li", roles=[Role.TEACHER])
    result = import_lessons(csv_of(HEAD, *ROWS))
    return PlanningAction.objects.get(code=result.action_code)


@pytest.fixture
def staff(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def page(imported: PlanningAction) -> str:
    return f"/schedule/changes/{imported.code}/undo/"


@pytest.fixture
def work(staff: Client, page: str) -> Work:
    press(staff, page)
    return Work.objects.get()


def press(client: Client, page: str, **fields: str) -> Any:
    seen = main(client.get(page)).one("input", name="seen").attrs["value"]
    return client.post(page, {"seen": seen, "reason": "导错了", "untold": "on", **fields})


def test_nothing_is_undone_in_the_request(staff: Client, page: str):
    answer = press(staff, page)

    work = Work.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/schedule/work/{work.code}/")
    assert (work.state, work.row_count) == (WorkState.WAITING, 2)
    assert press(staff, page)["Location"] == answer["Location"]
    assert Lesson.objects.count() == 2


def test_says_what_was_undone_and_leads_to_it(
    staff: Client, planner: User, imported: PlanningAction, work: Work
):
    done_by_worker()

    assert not Lesson.objects.exists()
    undone = PlanningAction.objects.get(undoes=imported)
    assert (undone.by, undone.reason, undone.is_told) == (planner, "导错了", False)
    page = page_of_work(staff, work)
    assert page.one("h1").text.startswith("Undo the import of 20")
    assert "The import was undone." in page.text
    assert "Courses and class groups deleted with it: 1班、数学课、语文课." in page.text
    assert way_of(page_of_work(staff, work)) == f"/schedule/changes/{undone.code}/"


def test_what_has_changed_since_is_shown_by_the_page(staff: Client, page: str, work: Work):
    lesson = Lesson.objects.get(course__name="语文课")
    change_lesson(lesson, changed(lesson, title="复习"))
    done_by_worker()

    assert Lesson.objects.count() == 2
    alert = refusal_on(page_of_work(staff, work))
    assert "Nothing was undone: the timetable was changed meanwhile." in alert
    assert way_of(page_of_work(staff, work)) == page
    assert "1 lesson is deleted" in main(staff.get(page)).text


def test_class_that_has_begun_since_keeps_all(staff: Client, page: str, work: Work):
    begin(Lesson.objects.get(course__name="语文课"))
    done_by_worker()

    assert Lesson.objects.count() == 2
    alert = refusal_on(page_of_work(staff, work))
    assert "the page says why the import stays" in alert
    assert "It can no longer be undone" in main(staff.get(way_of(page_of_work(staff, work)))).text


def test_somebody_who_was_quicker_is_shown(
    staff: Client, page: str, imported: PlanningAction, work: Work
):
    undo_import(imported, action=PlanningAction())
    done_by_worker()

    assert "undone before" in refusal_on(page_of_work(staff, work))
    assert way_of(page_of_work(staff, work)) == page
    assert staff.get(page).status_code == 200


def test_second_press_after_it_is_undone_begins_nothing(staff: Client, page: str, work: Work):
    seen = main(staff.get(page)).one("input", name="seen").attrs["value"]
    done_by_worker()

    answer = staff.post(page, {"seen": seen, "reason": "导错了"})

    assert answer.status_code == 409
    assert Work.objects.count() == 1


def test_stopped_work_undoes_nothing(staff: Client, page: str, work: Work):
    stop(work)
    done_by_worker()

    assert Lesson.objects.count() == 2
    assert way_of(page_of_work(staff, work)) == page


def test_small_import_is_undone_in_the_request(
    staff: Client, page: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kinds, "LONG_FROM_ROWS", 2)

    answer = press(staff, page)

    assert "/schedule/changes/" in answer["Location"]
    assert not Work.objects.exists()
