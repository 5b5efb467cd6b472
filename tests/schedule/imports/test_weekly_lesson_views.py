"""The page on which planners take the weekly lessons of a term over from a file."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import RoleGrant, User
from edu_platform.lib.spreadsheets.reading import read_sheet
from schedule.imports.weekly_lesson_rows import COLUMNS
from schedule.models import CheckedFile, CheckedRows, ClassGroup, Course, Lesson, Term, WeeklyLesson
from schedule.models.imports import KEPT_FOR
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.pages import read
from tests.support.sheets import csv_of

pytestmark = pytest.mark.django_db

HEAD = "课程,老师,班级,星期,开始,结束,周次,课堂类型,录制"
ROW = "语文课,li,1班,周一,8:00,8:45,,,"


@pytest.fixture(autouse=True)
def li() -> User:
    return UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])


@pytest.fixture(autouse=True)
def zhao() -> User:
    return UserFactory.create(username="zhao", display_name="赵老师", roles=[Role.TEACHER])


@pytest.fixture
def term() -> Term:
    return TermFactory.create(name="秋季学期", weeks=4)


@pytest.fixture
def client(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def page(term: Term) -> str:
    return f"/schedule/terms/{term.code}/import/"


def send(client: Client, page: str, *rows: str, **more: Any) -> Any:
    file = SimpleUploadedFile("课程.csv", csv_of(HEAD, *rows))
    return client.post(page, {"file": file, "check": "", **more})


def check(client: Client, page: str, *rows: str) -> Any:
    """The preview, after the redirect to it."""
    sent = send(client, page, *rows)
    assert sent.status_code == 303
    return client.get(sent.headers["Location"])


def take(client: Client, page: str, preview: Any) -> Any:
    return client.post(page, {"kept": preview.context["kept"].code, "take": "", "makes": "on"})


def parts(page: Any) -> dict[str, int]:
    return {choice.label: choice.count for choice in page.context["choices"]}


def rows_of(page: Any) -> list[str]:
    (body,) = read(page.content).one(id="preview").all("tbody")
    return [row.text for row in body.all("tr")]


def alerts(page: Any) -> str:
    return " ".join(each.text for each in read(page.content).all(role="alert"))


def told(client: Client, address: str) -> str:
    shown = read(client.get(address).content).one("ul", "messages")
    return " ".join(each.text for each in shown.all("li"))


class TestUpload:
    def test_offers_a_template_that_can_be_imported_as_it_is(
        self, client: Client, page: str, signed_in: SignedIn, planner: User
    ):
        answer = signed_in(planner, "zh-hans").get(f"{page}template.xlsx")

        assert "attachment" in answer.headers["Content-Disposition"]
        faults: list[Any] = []
        (row,) = read_sheet(answer.content, COLUMNS, faults)
        assert not faults
        assert row.cells["weekday"] == "周日"
        file = SimpleUploadedFile("template.xlsx", answer.content)
        assert client.post(page, {"file": file, "check": ""}).status_code == 303

    def test_for_a_term_that_is_deleted_meanwhile_is_missing(
        self, client: Client, page: str, term: Term, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(
            "schedule.imports.weekly_lesson_views.get_term_for", lambda _user, _code: term
        )
        Term.objects.all().delete()

        assert send(client, page, ROW).status_code == 404

    def test_without_a_file_or_of_something_else_than_a_table_says_so(
        self, client: Client, page: str
    ):
        answer = client.post(page, {"check": ""})
        assert answer.status_code == 422
        assert "This field is required." in alerts(answer)

        file = SimpleUploadedFile("x.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
        answer = client.post(page, {"file": file, "check": ""})
        assert answer.status_code == 422
        assert "1 fault in this file" in alerts(answer)

    def test_names_faults_by_the_headings_of_the_file(self, client: Client, page: str):
        answer = send(client, page, ROW, ROW, "数学课,wang,1班,八,9:00,9:45,,,")

        assert answer.status_code == 422
        (body,) = read(answer.content).all("div", **{"aria-labelledby": "faults-head"})
        assert [row.text for row in body.one("tbody").all("tr")] == [
            "3 开始 the same weekly lesson as in line 2",
            "4 老师 nobody has the username or name wang",
            "4 星期 not a weekday such as 1 to 7, 周一 or Monday",
        ]
        assert not CheckedFile.objects.exists()
        assert not WeeklyLesson.objects.exists()

    def test_shows_the_first_of_very_many_faults(self, client: Client, page: str):
        answer = send(client, page, *[f"数学课{n},wang,1班,1,9:00,9:45,,," for n in range(210)])

        assert "210 faults in this file" in alerts(answer)
        assert "And 10 more." in read(answer.content).text


class TestPreview:
    def test_shows_what_becomes_of_each_weekly_lesson(self, client: Client, page: str):
        swim = "游泳课,li,3班,周五,8:00,8:45,,,"
        take(client, page, check(client, page, ROW, "数学课,zhao,1班,2,9:00,9:45,,,", swim))

        preview = check(
            client,
            page,
            ROW,
            "数学课,li,1班,3,9:00,9:45,单周,1,否",
            "体育课,zhao,2班,4,9:00,9:45,,,",
        )

        assert parts(preview) == {
            "All rows": 4,
            "New": 1,
            "Changed": 1,
            "Removed": 1,
            "Unchanged": 1,
        }
        assert rows_of(preview) == [
            "2 Unchanged 语文课 1班 李老师 Mon 08:00–08:45 every week",
            "3 Changed 数学课 1班 李老师 Wed 09:00–09:45 odd weeks"
            " 老师: 赵老师 → 李老师 星期: Tue → Wed 周次: every week → odd weeks"
            " 课堂类型: Interactive class → Lecture 录制: Recorded → Not recorded",
            "4 New 体育课 2班 赵老师 Thu 09:00–09:45 every week",
            "– Removed 游泳课 3班 李老师 Fri 08:00–08:45 every week",
        ]

    def test_says_of_what_was_planned_on_a_page_that_it_is_taken_over(
        self, client: Client, page: str, term: Term, li: User
    ):
        course, group = CourseFactory.create(name="语文课"), ClassGroupFactory.create(name="1班")
        WeeklyLessonFactory.create(term=term, course=course, teacher=li, class_groups=[group])

        (row,) = rows_of(check(client, page, ROW))

        assert row.endswith("Source: In a page → By an import")

    def test_is_shown_by_pages_and_kinds(self, client: Client, page: str, li: User):
        rows = [
            f"课{number},li,1班,{number % 7 + 1},{number // 7 + 6}:00,{number // 7 + 6}:45,,,"
            for number in range(52)
        ]
        preview = check(client, page, *rows)
        address = f"{page}?checked={preview.context['kept'].code}"

        def lines(query: str) -> list[int]:
            return [row.line for row in client.get(address + query).context["rows"]]

        assert lines("") == list(range(2, 12))
        assert lines("&page=2") == list(range(12, 22))
        assert len(lines("&kind=new&page_size=50")) == 50
        assert lines("&kind=nonsense&page=99") == [52, 53]

    def test_names_and_links_the_lesson_that_stands_in_the_way(
        self, client: Client, page: str, term: Term, li: User
    ):
        start = dt.datetime.combine(term.first_monday, dt.time(8, 30))
        other = LessonFactory.create(teacher=li, starts_at=timezone.make_aware(start))

        preview = check(client, page, ROW, "数学课,zhao,2班,1,8:00,8:45,,,")

        assert parts(preview) == {"All rows": 2, "New": 1, "In conflict": 1}
        link = read(preview.content).one("a", href=f"/schedule/lessons/{other.code}/")
        assert link.text == f"李老师 is in the lesson {other} at that time"
        assert "take" not in {
            each.attrs.get("name") for each in read(preview.content).all("button")
        }
        assert take(client, page, preview).status_code == 409
        assert not WeeklyLesson.objects.exists()

    def test_names_other_lines_and_weekly_lessons_that_stand_in_the_way(
        self, client: Client, page: str, term: Term, zhao: User
    ):
        WeeklyLessonFactory.create(term=term, teacher=zhao, weekday=2)

        preview = check(
            client, page, ROW, "数学课,li,2班,1,8:00,8:45,,,", "体育课,zhao,3班,2,8:00,8:45,,,"
        )

        assert parts(preview)["In conflict"] == 2
        assert "李老师 is in the lesson of line 2 at that time" in rows_of(preview)[1]
        assert "赵老师 is in the weekly lesson" in rows_of(preview)[2]

    def test_is_of_its_term_and_person(self, client: Client, page: str, signed_in: SignedIn):
        preview = check(client, page, ROW)
        query = f"?checked={preview.context['kept'].code}"
        other_term = f"/schedule/terms/{TermFactory.create().code}/import/"
        colleague = signed_in(UserFactory.create(roles=[Role.PLANNER]))

        assert client.get(other_term + query).status_code == 303
        assert take(client, other_term, preview).status_code == 409
        assert colleague.get(page + query).status_code == 303
        assert take(colleague, page, preview).status_code == 409


class TestTakingOver:
    def test_saves_the_weekly_lessons_and_no_lesson(self, client: Client, page: str, term: Term):
        preview = check(client, page, ROW)
        # Which writes nothing.
        assert not WeeklyLesson.objects.exists()
        assert not Course.objects.exists()

        answer = take(client, page, preview)

        assert (answer.status_code, answer.headers["Location"]) == (303, page)
        assert told(client, page) == (
            "Weekly lessons: 1 added, 0 changed, 0 unchanged, 0 removed."
            " The lessons themselves follow once you plan the term."
        )
        assert term.weekly_lessons.get().course.name == "语文课"
        assert not Lesson.objects.exists()
        assert Term.objects.get().awaits_planning
        assert not CheckedFile.objects.exists()
        assert not CheckedRows.objects.exists()
        # The same file again is not offered.
        preview = check(client, page, ROW)
        assert "The weekly lessons already match this file." in read(preview.content).text

    def test_of_what_is_not_kept_any_more_says_so_and_its_preview_leads_back(
        self, client: Client, page: str
    ):
        preview = check(client, page, ROW)
        code = CheckedRows.objects.get().code
        with time_machine.travel(timezone.now() + KEPT_FOR):
            answer = take(client, page, preview)
            shown = client.get(f"{page}?checked={code}")

        assert answer.status_code == 409
        assert "not kept any more" in alerts(answer)
        assert not WeeklyLesson.objects.exists()
        assert (shown.status_code, shown.headers["Location"]) == (303, page)
        assert "not kept any more" in told(client, page)

    def test_of_what_does_something_else_by_now_shows_it_again(
        self, client: Client, page: str, term: Term, li: User
    ):
        preview = check(client, page, ROW)
        course, group = CourseFactory.create(name="语文课"), ClassGroupFactory.create(name="1班")
        WeeklyLessonFactory.create(term=term, course=course, teacher=li, class_groups=[group])

        answer = take(client, page, preview)

        assert answer.status_code == 409
        assert "was changed since this file was checked" in alerts(answer)
        assert parts(answer) == {"All rows": 1, "Changed": 1}
        assert term.weekly_lessons.get().source == "page"
        assert take(client, page, answer).status_code == 303
        assert term.weekly_lessons.get().source == "file"

    def test_of_a_file_that_became_wrong_tells_its_faults(
        self, client: Client, page: str, li: User
    ):
        preview = check(client, page, ROW)
        User.objects.filter(pk=li.pk).update(is_active=False)

        answer = take(client, page, preview)

        assert answer.status_code == 409
        assert "2 老师 li is not active any more" in read(answer.content).text
        assert not WeeklyLesson.objects.exists()


def test_page_is_for_planners(page: str, teacher: User, signed_in: SignedIn):
    outsider = signed_in(teacher)

    assert outsider.get(page).status_code == 404
    assert send(outsider, page, ROW).status_code == 404
    assert outsider.get(f"{page}template.xlsx").status_code == 404


def test_page_says_where_one_is(client: Client, page: str, term: Term):
    shown = read(client.get(page).content)

    assert shown.one("h1").text == term.name
    (here,) = shown.all("a", **{"aria-current": "page", "href": page})
    assert here.text == "Import"


def test_statements_hardly_grow_with_the_rows(client: Client, page: str):
    rows = 40
    User.objects.bulk_create(User(username=f"t{number}") for number in range(rows))
    teachers = User.objects.filter(username__in=[f"t{number}" for number in range(rows)])
    RoleGrant.objects.bulk_create(RoleGrant(user=each, role=Role.TEACHER) for each in teachers)
    ClassGroup.objects.bulk_create(ClassGroup(name=f"{number}班") for number in range(rows))
    Course.objects.bulk_create(Course(name=f"课程{number}") for number in range(rows))
    lines = [f"课程{number},t{number},{number}班,1,8:00,8:45,1-2,0,yes" for number in range(rows)]

    of_one = statements(client, page, lines[:1])
    of_many = statements(client, page, lines)

    # The three figures are for checking, for taking over, and for checking once more.
    for asked, most in zip(of_one, (70, 60, 60), strict=True):
        assert asked <= most, of_one
    for asked, most in zip(of_many, (70, 60, 60), strict=True):
        assert asked <= most, of_many


def statements(client: Client, page: str, lines: list[str]) -> list[int]:
    with CaptureQueriesContext(connection) as checking:
        preview = check(client, page, *lines)
    with CaptureQueriesContext(connection) as taking:
        take(client, page, preview)
    with CaptureQueriesContext(connection) as again:
        check(client, page, *lines)
    assert len(preview.context["rows"]) == min(len(lines), 10)
    return [len(checking), len(taking), len(again)]
