"""The import of lessons on a page: its preview by pages, and what it showed is what is imported."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.delete import delete_lessons
from schedule.models import CheckedFile, CheckedRows, ClassGroup, Course, Lesson, PlanningAction
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.pages import read
from tests.support.sheets import csv_of

pytestmark = pytest.mark.django_db

PAGE = "/imports/lessons/"
HEAD = "course,teacher,class_groups,date,start,end,room_type,record,title,assistants"
ROW = "语文课,li,1班,2099-09-02,8:00,8:45,0,yes,,"
OTHER = "数学课,li,1班,2099-09-02,9:00,9:45,0,yes,,"
CHANGED = "语文课,zhao,1班,2099-09-02,8:00,9:00,1,no,复习,li"


@pytest.fixture(autouse=True)
def li() -> User:
    UserFactory.create(username="zhao", display_name="赵老师", roles=[Role.TEACHER])
    return UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])


@pytest.fixture
def staff(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


def there(*rows: str) -> None:
    import_lessons(csv_of(HEAD, *rows))


def check(client: Client, *rows: str, **more: str) -> Any:
    file = SimpleUploadedFile("lessons.csv", csv_of(HEAD, *rows))
    return client.post(PAGE, {"file": file, "check": "", **more})


def take(client: Client, page: Any, **more: str) -> Any:
    return client.post(
        PAGE, {"kept": page.context["kept"].code, "import": "", "makes": "on", **more}
    )


def preview_address(page: Any) -> str:
    return f"{PAGE}preview/{page.context['kept'].code}/"


def at_fault(client: Client, *rows: str) -> Any:
    """The preview of a file that cannot be imported, as the page of its faults links it."""
    page = check(client, *rows)
    return client.get(page.context["preview_address"])


def lines(page: Any) -> list[tuple[int, str]]:
    return [(row.line, row.kind.value) for row in page.context["rows"]]


def rows_text(page: Any) -> str:
    return read(page.content).one("section", "import-preview").one("table").text


def parts(page: Any) -> dict[str, int]:
    return {choice.label: choice.count for choice in page.context["choices"]}


class TestPreview:
    def test_says_what_becomes_of_each_row(self, staff: Client):
        there(ROW, OTHER)

        page = check(staff, CHANGED, OTHER, ROW.replace("2099-09-02", "2099-09-03"))

        assert lines(page) == [(2, "changed"), (3, "unchanged"), (4, "new")]
        assert parts(page) == {"All rows": 3, "New": 1, "Changed": 1, "Unchanged": 1}
        assert "It would add 1, change 1 and leave 1 unchanged." in page.content.decode()
        text = rows_text(page)
        for told in (
            *("teacher: 李老师 → 赵老师", "end: 08:45 → 09:00", "assistants: – → 李老师"),
            "room_type: Interactive class → Lecture",
            "record: Recorded → Not recorded",
            "title: 语文课 0902-0800 → 复习",
            "2099-09-03",
        ):
            assert told in text

    def test_says_what_a_new_lesson_has_beside(self, staff: Client):
        page = check(staff, CHANGED)

        (row,) = page.context["rows"]
        assert [(cell.column, cell.after) for cell in row.cells] == [
            ("title", "复习"),
            ("assistants", "李老师"),
        ]

    def test_writes_nothing(self, staff: Client):
        check(staff, ROW)

        assert not Lesson.objects.exists()
        assert not Course.objects.exists()
        assert not ClassGroup.objects.exists()

    def test_shows_one_kind_by_pages(self, staff: Client):
        days = [ROW.replace("2099-09-02", f"2099-09-{day:02}") for day in range(1, 26)]
        there(*days[:3])
        page = check(staff, *days)
        address = preview_address(page)

        assert len(lines(page)) == 10
        assert len(lines(staff.get(f"{address}?kind=unchanged"))) == 3
        new = staff.get(f"{address}?kind=new&page=3")
        assert lines(new) == [(line, "new") for line in (25, 26)]
        assert "kind=new" in new.content.decode()
        take(staff, new)
        assert Lesson.objects.count() == 25

    def test_names_and_links_the_lesson_that_is_in_the_way(self, staff: Client):
        there(ROW)
        lesson = Lesson.objects.get()
        clash = "英语课,li,2班,2099-09-02,8:30,9:15,0,yes,,"

        page = at_fault(staff, OTHER, clash)

        assert lines(page) == [(3, "conflict")]
        assert "李老师 is in the lesson" in rows_text(page)
        table = read(page.content).one("section", "import-preview").one("table")
        assert table.link(str(lesson)) == f"/schedule/lessons/{lesson.code}/"
        assert 'name="kept" value' not in page.content.decode()

    def test_names_the_line_of_the_file_that_is_in_the_way(self, staff: Client):
        page = at_fault(staff, ROW, ROW.replace("语文课", "英语课"))

        assert lines(page) == [(3, "conflict")]
        assert "is in the lesson of line 2" in rows_text(page)

    def test_has_what_is_at_fault_before_what_is_in_conflict(self, staff: Client):
        rows = (ROW, OTHER.replace("li", "nobody"), ROW.replace("语文课", "英语课"), "x,,,,,,,,,")
        page = at_fault(staff, *rows)

        assert lines(page) == [(3, "faulty"), (5, "faulty")]
        assert parts(page) == {"All rows": 4, "New": 1, "In conflict": 1, "At fault": 2}
        assert "nobody has the username or name nobody" in rows_text(page)

    def test_is_nobody_else_s(self, staff: Client, administrator: User, signed_in: SignedIn):
        address = preview_address(check(staff, ROW))

        answer = signed_in(administrator, "en").get(address, follow=True)

        assert "语文课" not in read(answer.content).one("main").text
        assert "not kept any more" in answer.content.decode()

    def test_is_for_staff(
        self, staff: Client, signed_in: SignedIn, teacher: User, student: User, supervisor: User
    ):
        address = preview_address(check(staff, ROW))

        for who in (teacher, student, supervisor):
            assert signed_in(who).get(address).status_code == 404, who

    def test_costs_the_same_for_many_rows(self, staff: Client):
        def queries(count: int) -> int:
            rows = [
                ROW.replace("2099-09-02", f"2099-{1 + n // 28:02}-{1 + n % 28:02}")
                for n in range(count)
            ]
            address = preview_address(check(staff, *rows))
            staff.get(address)
            with CaptureQueriesContext(connection) as counted:
                assert staff.get(f"{address}?page_size=100").status_code == 200
            return len(counted)

        assert queries(1) == queries(30) <= 8


class TestImport:
    def test_takes_what_was_shown_and_leads_to_its_undo(self, staff: Client):
        answer = take(staff, check(staff, ROW, OTHER), as_draft="")

        imported = PlanningAction.objects.get()
        assert answer["Location"] == f"/imports/{imported.code}/"
        page = read(staff.get(answer["Location"]).content)
        assert "2 added, 0 changed, 0 unchanged" in page.text
        assert page.link("Undo this import…") == f"/schedule/changes/{imported.code}/undo/"
        assert not CheckedFile.objects.exists()
        assert not CheckedRows.objects.exists()

    def test_that_changes_nothing_has_nothing_to_undo(self, staff: Client):
        there(ROW)

        assert take(staff, check(staff, ROW))["Location"] == PAGE

    def test_shows_a_new_preview_when_the_timetable_has_changed(self, staff: Client):
        there(ROW)
        page = check(staff, CHANGED)
        delete_lessons([Lesson.objects.get()], at=timezone.now())

        answer = take(staff, page)

        assert answer.status_code == 409
        assert "Something has changed since this file was checked" in answer.content.decode()
        assert lines(answer) == [(2, "new")]
        assert not Lesson.objects.exists()
        take(staff, answer)
        assert Lesson.objects.get().title == "复习"

    def test_shows_the_conflict_that_came_up_meanwhile(self, staff: Client):
        page = check(staff, ROW)
        there(ROW.replace("语文课", "英语课"))

        answer = take(staff, page)

        assert answer.status_code == 409
        assert "Something has changed since this file was checked" in answer.content.decode()
        assert lines(staff.get(answer.context["preview_address"])) == [(2, "conflict")]
        assert Lesson.objects.count() == 1

    def test_of_a_file_that_nobody_checked_tells_its_faults(self, staff: Client):
        file = SimpleUploadedFile("lessons.csv", csv_of(HEAD, ROW, ROW.replace("li", "wang")))

        answer = staff.post(PAGE, {"file": file, "import": ""})

        assert "nobody has the username or name wang" in read(answer.content).text
        assert "has changed since this file was checked" not in answer.content.decode()
        assert not Lesson.objects.exists()

    def test_goes_on_when_what_has_changed_is_no_matter(self, staff: Client):
        there(ROW, OTHER)
        page = check(staff, CHANGED)
        cancel_lesson(Lesson.objects.get(course__name="数学课"), reason="", at=timezone.now())

        assert take(staff, page).status_code == 303
        assert Lesson.objects.get(course__name="语文课").title == "复习"

    def test_keeps_the_answer_of_the_form_on_each_page(self, staff: Client):
        page = staff.get(preview_address(check(staff, ROW, as_draft="on")))

        assert page.context["form"]["as_draft"].value() is True
