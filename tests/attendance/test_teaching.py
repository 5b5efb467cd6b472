"""Minutes really taught and late starts among the hours of teachers."""

from __future__ import annotations

import io

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from attendance.teaching import real_teaching_of
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.attendance import held_room, settled, statistics_for
from tests.factories.schedule import UnplannedLessonFactory, school_time
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db


def held(
    teacher: User, class_group: ClassGroup, hour: int, first_min: float, last_min: float
) -> Lesson:
    lesson = UnplannedLessonFactory.create(
        teacher=teacher, class_groups=[class_group], starts_at=school_time(-1, hour)
    )
    statistics_for(held_room(lesson, first_min, last_min))
    settled(lesson)
    return lesson


@pytest.fixture
def month() -> str:
    return f"?month={timezone.localdate(school_time(-1, 0)):%Y-%m}"


@pytest.fixture
def lessons(teacher: User, class_group: ClassGroup) -> list[Lesson]:
    """One as planned, one that began six minutes late and ran over, and one of which nothing was counted."""
    uncounted = UnplannedLessonFactory.create(
        teacher=teacher, class_groups=[class_group], starts_at=school_time(-1, 14)
    )
    held_room(uncounted)
    return [held(teacher, class_group, 8, 0, 45), held(teacher, class_group, 10, 6, 50), uncounted]


def last_cells(row: Element) -> list[str]:
    return [cell.text for cell in row.all("td")[-2:]]


def test_the_month_has_the_minutes_inside_the_plan_and_the_late_starts(
    signed_in: SignedIn, planner: User, teacher: User, lessons: list[Lesson], month: str
):
    page = read(signed_in(planner, "en").get(f"/schedule/hours/{month}").content)

    table = page.one("div", "hours-table")
    assert last_cells(table.one("tbody").one("tr")) == ["84", "1"]
    assert last_cells(table.one("tfoot").one("tr")) == ["84", "1"]


def test_each_lesson_has_its_own_and_those_without_attendance_have_none(
    signed_in: SignedIn, teacher: User, lessons: list[Lesson], month: str
):
    page = read(signed_in(teacher, "en").get(f"/schedule/hours/{month}").content)

    rows = page.one("table", "hours-lessons").one("tbody").all("tr")
    assert [last_cells(row) for row in rows] == [["45", "–"], ["39", "Late start"], ["–", "–"]]


def test_the_file_has_them_as_numbers_and_empty_cells(
    signed_in: SignedIn, planner: User, lessons: list[Lesson], month: str
):
    answer = signed_in(planner).get(f"/schedule/hours.xlsx{month}")

    book = load_workbook(io.BytesIO(answer.content))
    sums, of_lessons = (
        [row[-2:] for row in sheet.iter_rows(min_row=2, values_only=True)] for sheet in book
    )
    assert sums == [(84, 1)]
    assert of_lessons == [(45, 0), (39, 1), (None, None)]


def test_a_class_held_before_its_time_began_late_for_nobody(teacher: User, class_group: ClassGroup):
    lesson = held(teacher, class_group, 12, -90, -45)

    taught = real_teaching_of(school_time(-1, 0), school_time(0, 0), teacher.pk)[lesson.code]

    assert (taught.seconds, taught.has_begun_late) == (45 * 60, False)


def test_one_query_for_one_lesson_and_for_many(
    teacher: User, lessons: list[Lesson], django_assert_num_queries: DjangoAssertNumQueries
):
    with django_assert_num_queries(1):
        assert len(real_teaching_of(school_time(-1, 0), school_time(0, 0), None)) == 2
