"""The attendance of a class group over a term, on its page, on paper and as a file."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from accounts.enums import Role
from accounts.models import User
from attendance.models import LessonAttendance
from attendance.overviews.figures import Figures
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Term
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.attendance import counted_lesson
from tests.factories.schedule import ClassGroupFactory, CourseFactory, MembershipFactory
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(class_group: ClassGroup) -> str:
    return f"/attendance/class-groups/{class_group.code}/"


@pytest.fixture
def lessons(
    term: Term, teacher: User, class_group: ClassGroup, student: User, classmate: User
) -> list[LessonAttendance]:
    """From the first: both there, one late and one absent, and one that is provisional."""
    stays: list[dict[User, tuple[float, float] | None]] = [
        {student: (0, 45), classmate: (0, 45)},
        {student: (7, 45), classmate: None},
        {},
    ]
    return [
        counted_lesson(teacher, class_group, of, days=days, has_come=days != -1)
        for days, of in zip((-15, -2, -1), stays, strict=True)
    ]


def main(client: Client, path: str) -> Element:
    return read(client.get(path).content).one("main")


def cells_of(page: Element) -> dict[str, list[str]]:
    """Return what is heard of each row, by the name of the student."""
    rows = page.one("table", "term-grid").one("tbody").all("tr")
    return {
        row.one("th").text: [
            cell.one("b").text if cell.all("b") else cell.text for cell in row.all("td")
        ]
        for row in rows
    }


class TestPage:
    def test_students_by_lessons_with_sums_and_rate(
        self,
        signed_in: SignedIn,
        planner: User,
        path: str,
        student: User,
        classmate: User,
        lessons: list[LessonAttendance],
    ):
        page = main(signed_in(planner, "en"), path)

        assert cells_of(page) == {
            student.display_name: [
                *("1", "1", "–", "–", "–", "1", "100%"),
                *("Provisional", "Late", "Present"),
            ],
            classmate.display_name: [
                *("1", "–", "–", "1", "–", "1", "50%"),
                *("Provisional", "Absent", "Present"),
            ],
        }
        heads = page.one("table", "term-grid").one("thead").all("a")
        code = lessons[-1].lesson.code
        assert heads[0].attrs["href"] == f"/schedule/lessons/{code}/attendance/"

    def test_who_was_in_the_class_group_that_day_stands_there_and_nobody_else(
        self,
        signed_in: SignedIn,
        planner: User,
        path: str,
        teacher: User,
        class_group: ClassGroup,
        student: User,
        lessons: list[LessonAttendance],
    ):
        other = ClassGroupFactory.create()
        guest = MembershipFactory.create(class_group=other, user__display_name="别班同学").user
        left = MembershipFactory.create(
            class_group=class_group,
            user__display_name="已转走",
            to_date=timezone.localdate() - dt.timedelta(days=5),
        ).user
        together = counted_lesson(teacher, class_group, {student: (0, 45), guest: (0, 45)}, days=-3)
        together.lesson.class_groups.add(other)
        for person in (guest, left):
            together.people.get_or_create(
                person=person, role="student", class_group=other, state="present"
            )

        cells = cells_of(main(signed_in(planner, "en"), path))

        assert guest.display_name not in cells
        assert cells[left.display_name][:7] == ["–"] * 7

    def test_a_course_is_filtered_by_with_its_sums(
        self,
        signed_in: SignedIn,
        planner: User,
        path: str,
        teacher: User,
        class_group: ClassGroup,
        student: User,
        lessons: list[LessonAttendance],
    ):
        course = CourseFactory.create(name="体育")
        counted_lesson(teacher, class_group, {student: (0, 45)}, days=-3, course=course)
        client = signed_in(planner, "en")

        cells = cells_of(main(client, f"{path}?course=体育"))

        assert cells[student.display_name] == ["1", *"–" * 5, "100%", "Present"]
        assert len(cells_of(main(client, f"{path}?course=没有"))[student.display_name]) == 11

    def test_weeks_are_drawn_and_stand_in_a_table_as_well(
        self, signed_in: SignedIn, planner: User, path: str, lessons: list[LessonAttendance]
    ):
        chart = main(signed_in(planner, "en"), path).one("figure", "week-chart")

        rows = [row.text.split(" ")[-3:] for row in chart.one("tbody").all("tr")]
        assert len(chart.all("rect")) == len(rows)
        assert rows[0] == ["100%", "2", "2"]
        assert rows[-1] == ["50%", "1", "2"]

    def test_more_lessons_than_fit_stand_on_further_pages_and_count_in_all_sums(
        self,
        signed_in: SignedIn,
        planner: User,
        path: str,
        student: User,
        lessons: list[LessonAttendance],
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr("attendance.overviews.pages.LESSONS_A_PAGE", 2)
        client = signed_in(planner, "en")

        latest, earlier = (
            cells_of(main(client, path + query))[student.display_name] for query in ("", "?page=2")
        )

        assert latest[7:] == ["Provisional", "Late"]
        assert earlier[7:] == ["Present"]
        assert latest[:7] == earlier[:7]

    def test_class_teacher_supervisor_and_staff_see_it_and_nobody_else(
        self,
        signed_in: SignedIn,
        class_group: ClassGroup,
        supervisor: User,
        administrator: User,
        teacher: User,
        student: User,
        outsider: User,
        path: str,
    ):
        class_teacher = UserFactory.create(roles=(Role.TEACHER,))
        MembershipFactory.create(
            class_group=class_group, user=class_teacher, kind=MembershipKind.CLASS_TEACHER
        )

        for page in (path, f"{path}print/", f"{path}attendance.xlsx"):
            for person in (class_teacher, supervisor, administrator):
                assert signed_in(person).get(page).status_code == 200, (page, person)
            for person in (teacher, student, outsider):
                assert signed_in(person).get(page).status_code == 404, (page, person)

    def test_many_cost_as_many_queries_as_one(
        self,
        signed_in: SignedIn,
        planner: User,
        path: str,
        teacher: User,
        class_group: ClassGroup,
        student: User,
        lessons: list[LessonAttendance],
    ):
        client = signed_in(planner)
        main(client, path)
        with CaptureQueriesContext(connection) as few:
            main(client, path)
        for number in range(3):
            MembershipFactory.create(class_group=class_group)
            counted_lesson(teacher, class_group, {student: (0, 45)}, hour=10 + number)

        with CaptureQueriesContext(connection) as many:
            main(client, path)

        assert len(many) == len(few)


def test_paper_has_as_many_sheets_as_its_lessons_take(
    signed_in: SignedIn,
    planner: User,
    path: str,
    lessons: list[LessonAttendance],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("attendance.overviews.views.LESSONS_A_SHEET", 2)

    sheets = main(signed_in(planner), f"{path}print/").all("section", "term-sheet")

    assert [len(sheet.one("tbody").all("tr")[0].all("td")) for sheet in sheets] == [9, 8]


def test_the_file_says_the_same_in_words_without_formulas(
    signed_in: SignedIn,
    planner: User,
    path: str,
    student: User,
    lessons: list[LessonAttendance],
):
    student.display_name = "=1+1"
    student.save()

    answer = signed_in(planner).get(f"{path}attendance.xlsx")

    sheet = load_workbook(io.BytesIO(answer.content)).active
    assert sheet is not None
    rows = {row[0]: row[1:] for row in sheet.iter_rows(values_only=True)}
    assert rows["'=1+1"][:9] == (student.username, 1, 1, 0, 0, 0, 1, 100, "出勤")


def test_rates_are_rounded_down(term: Term):
    figures = Figures()
    for state in ("present",) * 199 + ("absent",):
        figures.add("final", state)

    assert figures.percent_text == "99.5%"
    assert Figures().percent_text == "–"
