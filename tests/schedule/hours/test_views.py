"""The pages of hours: everybody's, one's own, and the file."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import CloudStatus
from schedule.lessons.change import change_lesson
from schedule.models import ClassGroup, Lesson, Room, Substitution
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    UnplannedLessonFactory,
)
from tests.support.lessons import changed
from tests.support.pages import Element, main, read

pytestmark = pytest.mark.django_db

HOURS, XLSX = "/schedule/hours/", "/schedule/hours.xlsx"
NOVEMBER = "?month=2026-11"
HEADS = [
    "Teacher",
    "Planned",
    "Held",
    "Not held",
    "Not known",
    "To come",
    "Given away",
    "Cancelled",
    "Stood in for others",
    "Taught in all",
    "Assisted",
    "Minutes really taught",
    "Late starts",
]


def november(day: int, hour: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime(2026, 11, day, hour))  # noqa: DTZ001 -- now it is


@pytest.fixture(autouse=True)
def _in_november() -> Any:
    with time_machine.travel(dt.datetime(2026, 11, 20, 4, tzinfo=dt.UTC), tick=False):
        yield


@pytest.fixture
def taught(teacher: User, other_teacher: User, class_group: ClassGroup) -> Lesson:
    """Two lessons of the cast's teacher, one of which was held by the other teacher."""
    course = CourseFactory.create(name="语文课")
    groups = [class_group, ClassGroupFactory.create(name="三年级9班")]
    own, given = (
        UnplannedLessonFactory.create(
            course=course, teacher=teacher, class_groups=groups, starts_at=november(day, 8)
        )
        for day in (2, 3)
    )
    Substitution.objects.create(lesson=given, absent_teacher=teacher)
    change_lesson(given, changed(given, teacher=other_teacher))
    Room.objects.create(lesson=given, room_id=7, sdk_app_id=1, cloud_status=CloudStatus.ENDED)
    return own


def page_of(client: Client, query: str = NOVEMBER) -> Element:
    answer = client.get(HOURS + query)
    assert answer.status_code == 200
    return main(answer)


def rows_of(page: Element) -> dict[str, list[str]]:
    """Return what the first table says of each."""
    table, *_ = page.all("table")
    rows = [
        [cell.text for cell in row.all() if cell.tag in ("td", "th")] for row in table.all("tr")
    ]
    return {name: numbers for name, *numbers in rows}


class TestEverybody:
    def test_stand_by_name_with_lessons_and_hours(
        self, signed_in: SignedIn, planner: User, supervisor: User, taught: Lesson
    ):
        own, given = ["2 1.5 h", "–", "–", "1 0.75 h", "–", "1 0.75 h"], ["1 0.75 h"] * 2
        none = "–"
        for person in (planner, supervisor):
            rows = rows_of(page_of(signed_in(person, "en")))

            names = ["Teacher", "李老师 teacher", "赵老师 other_teacher", "Total"]
            assert list(rows) == names, person
            assert list(rows.values()) == [
                HEADS[1:],
                [*own, *[none] * 6],
                [*[none] * 7, *given, *[none] * 3],
                [*own, none, *given, *[none] * 3],
            ], person

    def test_row_leads_to_the_lessons_behind_it(
        self, signed_in: SignedIn, planner: User, taught: Lesson
    ):
        client = signed_in(planner, "en")
        address = page_of(client).link("李老师")

        page = page_of(client, address.removeprefix(HOURS))

        _numbers, lessons = page.all("table")
        texts = [[cell.text for cell in row.all("td")][:-2] for row in lessons.all("tr")[1:]]
        assert texts == [
            [
                "2026-11-02 Mon",
                "08:00–08:45",
                "语文课",
                "三年级1班、三年级9班",
                "0.75",
                "Not known",
            ],
            [
                "2026-11-03 Tue",
                "08:00–08:45",
                "语文课",
                "三年级1班、三年级9班",
                "0.75",
                "Given away to 赵老师 (Held)",
            ],
        ]
        assert lessons.all("a")[0].attrs["href"] == f"/schedule/lessons/{taught.code}/"
        assert page.link("‹ Everybody") == f"{HOURS}?month=2026-11"

    def test_months_before_and_after(self, signed_in: SignedIn, planner: User, taught: Lesson):
        client = signed_in(planner, "en")

        page = page_of(client, "?month=2026-11&teacher=teacher")

        assert page.link("‹ Previous month") == f"{HOURS}?teacher=teacher&month=2026-10"
        assert page.link("Next month ›") == f"{HOURS}?teacher=teacher&month=2026-12"
        assert page.link("This month") == f"{HOURS}?teacher=teacher"
        assert page.one("input", id="month").attrs["value"] == "2026-11"

    def test_month_in_which_nobody_teaches(self, signed_in: SignedIn, planner: User):
        assert "Nobody teaches in this month." in page_of(signed_in(planner, "en")).text

    def test_malformed_month_is_this_month(
        self, signed_in: SignedIn, planner: User, taught: Lesson
    ):
        client = signed_in(planner)
        months = ("", "2026-13", "11", "2026-11-02", "nonsense", "1066-10", "2101-01", "%00")
        for month in months:
            page = page_of(client, f"?month={month}")

            assert page.one("input", id="month").attrs["value"] == "2026-11", month
            assert len(rows_of(page)) == 4, month

    def test_first_and_last_month(self, signed_in: SignedIn, planner: User):
        client = signed_in(planner, "en")
        for month in ("1990-01", "2100-12"):
            texts = [link.text for link in page_of(client, f"?month={month}").all("a")]

            assert ("‹ Previous month" in texts) is (month != "1990-01"), month
            assert ("Next month ›" in texts) is (month != "2100-12"), month

    def test_unknown_teacher_is_missing(self, signed_in: SignedIn, planner: User):
        client = signed_in(planner)
        for username in ("nobody", "%00"):
            for path in (HOURS, XLSX):
                answer = client.get(f"{path}?teacher={username}")
                assert answer.status_code == 404, (path, username)

    def test_fixed_number_of_queries(
        self, signed_in: SignedIn, planner: User, teacher: User, class_group: ClassGroup
    ):
        client = signed_in(planner)
        for number in range(3):
            more = UserFactory.create(roles=[Role.TEACHER])
            for each in (teacher, more):
                LessonFactory.create(
                    teacher=each,
                    starts_at=november(2 + number, 8),
                    assistants=[UserFactory.create(roles=[Role.TEACHER])],
                )
            if number == 1:
                continue
            for query, expected in (("", 7), ("&teacher=teacher", 11)):
                page_of(client, NOVEMBER + query)  # what is read once per process is read

                with CaptureQueriesContext(connection) as asked:
                    page_of(client, NOVEMBER + query)

                assert len(asked) == expected, (query, number)


class TestOwn:
    def test_teacher_sees_their_own_line_and_lessons(
        self, signed_in: SignedIn, other_teacher: User, taught: Lesson
    ):
        page = page_of(signed_in(other_teacher, "en"))

        assert list(rows_of(page)) == ["Teacher", "赵老师 other_teacher"]
        (lesson,) = page.all("table")[1].all("tr")[1:]
        assert lesson.all("td")[-3].text == "Stood in for others in place of 李老师 (Held)"
        named = page_of(signed_in(other_teacher, "en"), f"{NOVEMBER}&teacher=other_teacher")
        assert rows_of(named) == rows_of(page)

    def test_page_of_a_lesson_that_is_no_longer_theirs_is_not_linked(
        self, signed_in: SignedIn, teacher: User, taught: Lesson
    ):
        page = page_of(signed_in(teacher))

        links = [link.attrs["href"] for link in page.all("table")[1].all("a")]
        assert links == [f"/schedule/lessons/{taught.code}/"]

    def test_teacher_without_lessons(self, signed_in: SignedIn, teacher: User):
        page = page_of(signed_in(teacher, "en"))

        assert rows_of(page)["李老师 teacher"] == ["–"] * 12
        assert "No lessons in this month." in page.text

    def test_others_are_missing(
        self, signed_in: SignedIn, teacher: User, student: User, outsider: User
    ):
        for path in (HOURS, XLSX):
            for person, query in (
                (teacher, "?teacher=student"),
                (student, ""),
                (outsider, "?teacher=outsider"),
            ):
                assert signed_in(person).get(path + query).status_code == 404, (person, path)

    def test_profile_and_week_lead_there(self, signed_in: SignedIn, teacher: User, student: User):
        for path in ("/accounts/profile/", "/schedule/"):
            page = read(signed_in(teacher, "en").get(path).content)
            assert page.link("Teaching hours") == HOURS
            others = read(signed_in(student, "en").get(path).content)
            assert HOURS not in [link.attrs["href"] for link in others.all("a")]


class TestFile:
    def sheets(self, client: Client, query: str = NOVEMBER) -> list[list[tuple[Any, ...]]]:
        answer = client.get(XLSX + query)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        return [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]

    def test_numbers_are_numbers(self, signed_in: SignedIn, planner: User, taught: Lesson):
        hours, lessons = self.sheets(signed_in(planner, "en"))

        head, first, _second = hours
        assert head[:4] == ("Teacher", "Username", "Planned (lessons)", "Planned (hours)")
        assert first[:6] == ("李老师", "teacher", 2, 1.5, 0, 0)
        assert len(head) == len(first) == 24
        assert head[-2:] == ("Minutes really taught", "Late starts")
        assert lessons[0][:4] == ("Teacher", "Username", "Date", "Start")
        assert lessons[2][:-2] == (
            "李老师",
            "teacher",
            dt.datetime(2026, 11, 3),  # noqa: DTZ001 -- sheets have no zones
            dt.time(8),
            dt.time(8, 45),
            "语文课",
            "三年级1班、三年级9班",
            0.75,
            "Given away",
            "Held",
            "赵老师",
            "李老师",
        )
        assert len(lessons) == 4

    def test_name_has_the_month(self, signed_in: SignedIn, planner: User):
        answer = signed_in(planner, "en").get(f"{XLSX}?month=2026-10")

        assert answer["Content-Disposition"] == (
            'attachment; filename="Teaching hours 2026-10.xlsx"'
        )

    def test_teacher_has_their_own_alone(
        self, signed_in: SignedIn, other_teacher: User, taught: Lesson
    ):
        hours, lessons = self.sheets(signed_in(other_teacher))

        assert [row[1] for row in hours[1:]] == ["other_teacher"]
        assert [row[1] for row in lessons[1:]] == ["other_teacher"]

    def test_names_calculate_nothing(
        self, signed_in: SignedIn, planner: User, teacher: User, taught: Lesson
    ):
        teacher.display_name = "=1+1"
        teacher.save()
        taught.course.name = "@SUM(A1)\x02"
        taught.course.save()

        answer = signed_in(planner).get(XLSX + NOVEMBER)

        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
        texts = [cell.value for cell in cells if cell.data_type == "s"]
        assert "'=1+1" in texts
        assert "'@SUM(A1)" in texts
        assert not [cell for cell in cells if cell.data_type == "f"]
