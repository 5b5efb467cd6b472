"""The page that undoes an import, after it has said what becomes of the lessons."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.enums import Role
from accounts.models import User
from schedule.enums import ActionOrigin, CloudStatus
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.imports.made_names import MadeNames
from schedule.imports.undo import undo_import
from schedule.imports.undo_parts import LISTED_AT_MOST, deleted_names_in_words
from schedule.lessons.cancel import cancel_lesson
from schedule.models import ClassGroup, Course, Lesson, PlanningAction, Room
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import CourseFactory, LessonFactory, MembershipFactory
from tests.support.pages import Element, read
from tests.support.sheets import csv_of

pytestmark = pytest.mark.django_db

HEAD = "course,teacher,class_groups,date,start,end,room_type,record"
ROW = "语文课,li,1班,2099-09-02,8:00,8:45,0,yes"
OTHER = "数学课,li,1班,2099-09-02,9:00,9:45,0,yes"


@pytest.fixture(autouse=True)
def li() -> User:
    UserFactory.create(username="zhao", display_name="赵老师", roles=[Role.TEACHER])
    return UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])


@pytest.fixture
def staff(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


def take(*rows: str) -> PlanningAction:
    result = import_lessons(csv_of(HEAD, *rows))
    return PlanningAction.objects.get(code=result.action_code)


def address(imported: PlanningAction) -> str:
    return f"/schedule/changes/{imported.code}/undo/"


def main_of(answer: Any) -> Element:
    return read(answer.content).one("main")


def send(client: Client, imported: PlanningAction, page: Any, **fields: str) -> Any:
    """Send the form as it stands on the page."""
    seen = main_of(page).one("input", name="seen").attrs["value"]
    return client.post(address(imported), {"seen": seen, "reason": "导错了", **fields})


def test_it_asks_first_and_says_what_happens(staff: Client):
    MembershipFactory.create(class_group__name="1班")
    take(ROW)
    imported = take(ROW.replace("li", "zhao"), OTHER)

    text = main_of(staff.get(address(imported))).text

    assert "1 lesson is deleted" in text
    assert "1 lesson becomes what it was" in text
    assert "Teacher: 赵老师 → 李老师" in text
    assert "1 student" in text
    assert Lesson.objects.count() == 2


def test_courses_and_class_groups_that_came_with_it_are_named_and_go_with_it(staff: Client):
    CourseFactory.create(name="数学课")
    imported = take(ROW, OTHER)

    page = staff.get(address(imported))
    answer = send(staff, imported, page)

    text = main_of(page).text
    assert "came with it, and nothing else uses them. They are deleted too: 1班、语文课." in text
    assert "they did not come with this import. They stay: 数学课." in text
    done = read(staff.get(answer["Location"]).content).text
    assert "Courses and class groups deleted with it: 1班、语文课." in done
    assert [course.name for course in Course.objects.all()] == ["数学课"]


def test_where_nothing_came_with_it_no_names_are_told_of(staff: Client):
    take(ROW)
    imported = take(ROW.replace("li", "zhao"))

    answer = send(staff, imported, staff.get(address(imported)))

    done = read(staff.get(answer["Location"]).content).text
    assert "The import was undone." in done
    assert "deleted with it" not in done


def test_of_very_many_names_that_went_with_it_some_are_counted():
    made = MadeNames([Course(name=f"课{number:02}") for number in range(LISTED_AT_MOST + 2)])

    with translation.override("en"):
        said = deleted_names_in_words(made.names)

    assert said.endswith(f"课{LISTED_AT_MOST - 1:02} and 2 more.")


def test_what_came_with_it_and_is_used_since_was_not_seen_so(staff: Client):
    imported = take(ROW)
    page = staff.get(address(imported))
    MembershipFactory.create(class_group=ClassGroup.objects.get())

    answer = send(staff, imported, page)

    assert answer.status_code == 409
    assert "They are deleted too: 语文课." in main_of(answer).text


def test_courses_and_class_groups_that_are_used_are_not_named(staff: Client):
    take(ROW)
    imported = take(OTHER)
    LessonFactory.create(course=Course.objects.get(name="数学课"))
    MembershipFactory.create(class_group=ClassGroup.objects.get(name="1班"))

    assert "Nothing else is planned" not in main_of(staff.get(address(imported))).text


def test_it_undoes_and_leads_to_what_it_did(staff: Client, planner: User):
    imported = take(ROW, OTHER)
    # A form that saw nothing undoes nothing.
    assert staff.post(address(imported), {"reason": ""}).status_code == 422
    assert Lesson.objects.count() == 2

    answer = send(staff, imported, staff.get(address(imported)))

    undone = PlanningAction.objects.get(undoes=imported)
    assert (answer.status_code, answer["Location"]) == (303, f"/schedule/changes/{undone.code}/")
    assert (undone.by, undone.origin, undone.reason) == (planner, ActionOrigin.PAGE, "导错了")
    assert not Lesson.objects.exists()
    page = main_of(staff.get(answer["Location"]))
    assert page.link("The import that this undid") == f"/schedule/changes/{imported.code}/"


def test_an_undone_import_says_so_and_offers_nothing(staff: Client):
    imported = take(ROW)
    page = staff.get(address(imported))
    send(staff, imported, page)

    again = staff.get(address(imported))
    twice = send(staff, imported, page)

    assert "This import was undone by 孙教务" in main_of(again).text
    assert not main_of(again).all("form")
    assert (twice.status_code, main_of(twice).all("form")) == (409, [])
    listed = main_of(staff.get(f"/schedule/changes/{imported.code}/"))
    assert "This import was undone by 孙教务" in listed.text
    assert "Undo this import…" not in listed.text
    assert PlanningAction.objects.filter(undoes=imported).count() == 1


def test_undone_by_a_command_names_nobody(staff: Client):
    imported = take(ROW)
    undo_import(imported, action=PlanningAction())

    assert "undone by a command" in main_of(staff.get(address(imported))).text


def test_what_was_changed_since_is_listed_and_stays(staff: Client):
    imported = take(ROW, OTHER)
    first = Lesson.objects.order_by("pk")[0]
    cancel_lesson(first, reason="", at=timezone.now())

    page = staff.get(address(imported))
    send(staff, imported, page)

    assert "1 lesson stays as it is" in main_of(page).text
    assert "was changed again since" in main_of(page).text
    assert [lesson.pk for lesson in Lesson.objects.all()] == [first.pk]


def test_what_was_planned_meanwhile_is_named_and_linked(staff: Client, li: User):
    take(ROW)
    imported = take(ROW.replace("li", "zhao"), OTHER)
    lesson = Lesson.objects.order_by("pk")[0]
    other = LessonFactory.create(
        teacher=li, starts_at=lesson.starts_at, ends_at=lesson.starts_at + dt.timedelta(hours=1)
    )

    page = main_of(staff.get(address(imported)))

    assert "李老师" in page.text
    assert page.link(str(other)) == f"/schedule/lessons/{other.code}/"
    assert not page.all("form")


def test_once_a_class_has_begun_it_says_which(staff: Client):
    imported = take(ROW, OTHER)
    lesson = Lesson.objects.order_by("pk")[0]
    Room.objects.create(lesson=lesson, room_id=1, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)

    page = main_of(staff.get(address(imported)))

    assert "It can no longer be undone" in page.text
    assert not page.all("form")


def test_class_that_began_after_it_was_shown_keeps_all_as_it_is(staff: Client):
    imported = take(ROW, OTHER)
    page = staff.get(address(imported))
    lesson = Lesson.objects.order_by("pk")[0]
    Room.objects.create(lesson=lesson, room_id=1, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)

    answer = send(staff, imported, page)

    assert answer.status_code == 409
    assert "It can no longer be undone" in main_of(answer).text
    assert not main_of(answer).all("form")
    assert Lesson.objects.count() == 2


def test_when_the_timetable_has_changed_it_says_so_and_asks_again(staff: Client):
    imported = take(ROW, OTHER)
    page = staff.get(address(imported))
    cancel_lesson(Lesson.objects.order_by("pk")[0], reason="", at=timezone.now())

    answer = send(staff, imported, page, untold="on")

    assert answer.status_code == 409
    assert "the timetable was changed meanwhile" in main_of(answer).text
    assert main_of(answer).one("input", name="reason").attrs["value"] == "导错了"
    assert Lesson.objects.count() == 2
    assert send(staff, imported, answer).status_code == 303


def test_it_is_for_planners(
    teacher: User, student: User, supervisor: User, outsider: User, signed_in: SignedIn
):
    imported = take(ROW)
    for person in (teacher, student, supervisor, outsider):
        client = signed_in(person)

        assert client.get(address(imported)).status_code == 404, person
        assert client.post(address(imported), {"seen": "x"}).status_code == 404, person


def test_list_of_what_was_imported_leads_planners_to_it(
    staff: Client, supervisor: User, signed_in: SignedIn
):
    imported = take(ROW)
    path = f"/schedule/changes/{imported.code}/"

    page = main_of(staff.get(path))
    assert page.link("Undo this import…") == address(imported)

    text = main_of(signed_in(supervisor, "en").get(path)).text
    assert "语文课" in text
    assert "Undo" not in text


def test_it_is_of_imports_alone(staff: Client, lesson: Lesson):
    action = lesson.changes.get().action

    assert staff.get(address(action)).status_code == 404
    assert "Undo" not in main_of(staff.get(f"/schedule/changes/{action.code}/")).text


def test_of_many_it_lists_some_by_as_many_queries(staff: Client):
    def queries(first: int, count: int) -> int:
        rows = [
            f"语文课,li,1班,2099-10-{1 + number // 10:02},{8 + number % 10}:00,{8 + number % 10}:45,0,yes"
            for number in range(first, first + count)
        ]
        imported = take(*rows)
        staff.get(address(imported))
        with CaptureQueriesContext(connection) as counted:
            page = main_of(staff.get(address(imported)))
        assert f"{count} lesson" in page.text
        assert len(page.all("li")) == min(count, LISTED_AT_MOST + 1)
        return len(counted)

    assert queries(0, 1) == queries(1, LISTED_AT_MOST + 2)
