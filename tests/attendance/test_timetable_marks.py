"""Attendance beside past lessons: in weeks, on the school's day, and in the timetable of the whole school."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from attendance.models import LessonAttendance
from attendance.timetable_marks import school_head_count_marks
from schedule.enums import MembershipKind
from schedule.models import ClassGroup
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.attendance import counted_lesson, settled
from tests.factories.schedule import MembershipFactory, UnplannedLessonFactory, school_time
from tests.support.pages import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def classmate(class_group: ClassGroup) -> User:
    return MembershipFactory.create(class_group=class_group, user__roles=(Role.STUDENT,)).user


@pytest.fixture
def counted(
    teacher: User, class_group: ClassGroup, student: User, classmate: User
) -> LessonAttendance:
    """Make a lesson of yesterday: `student` was late, `classmate` did not come."""
    return counted_lesson(teacher, class_group, {student: (7, 45), classmate: None})


def week_of(client: Client, counted: LessonAttendance, query: str = "") -> str:
    day = timezone.localdate(counted.lesson.starts_at)
    return read(client.get(f"/schedule/{day}/{query}").content).one("table").text


class TestWeek:
    def test_who_may_see_it_reads_how_many_of_all_were_there(
        self,
        signed_in: SignedIn,
        counted: LessonAttendance,
        teacher: User,
        planner: User,
        supervisor: User,
    ):
        assert "1/2" in week_of(signed_in(teacher), counted)
        for person in (planner, supervisor):
            assert "1/2" in week_of(signed_in(person), counted, f"?teacher={teacher.username}")

    def test_a_student_reads_what_it_was_for_them_alone(
        self, signed_in: SignedIn, counted: LessonAttendance, student: User, classmate: User
    ):
        late, absent = (
            week_of(signed_in(person, "en"), counted) for person in (student, classmate)
        )

        assert "Late" in late
        assert "Absent" in absent
        assert "1/2" not in late + absent

    def test_until_the_statistics_have_come_it_is_provisional(
        self, signed_in: SignedIn, teacher: User, class_group: ClassGroup, student: User
    ):
        counted = counted_lesson(teacher, class_group, {student: (0, 45)}, has_come=False)

        for person in (teacher, student):
            text = week_of(signed_in(person, "en"), counted)
            assert "Provisional" in text
            assert "/1" not in text

    def test_nothing_stands_beside_what_was_not_held_or_is_to_come(
        self, signed_in: SignedIn, teacher: User, class_group: ClassGroup, student: User
    ):
        starts_at = school_time(-1, 8)
        not_held = settled(
            UnplannedLessonFactory.create(
                teacher=teacher,
                class_groups=[class_group],
                starts_at=starts_at,
                ends_at=starts_at + dt.timedelta(minutes=45),
            )
        )

        text = week_of(signed_in(teacher), not_held)

        assert not_held.lesson.course.name in text
        assert "/1" not in text

    def test_many_lessons_of_a_student_cost_as_many_queries_as_one(
        self,
        signed_in: SignedIn,
        counted: LessonAttendance,
        teacher: User,
        student: User,
        class_group: ClassGroup,
    ):
        client = signed_in(student, "en")
        week_of(client, counted)
        with CaptureQueriesContext(connection) as few:
            week_of(client, counted)
        for hour in (10, 12, 14):
            counted_lesson(teacher, class_group, {student: (0, 45)}, hour=hour)

        with CaptureQueriesContext(connection) as many:
            text = week_of(client, counted)

        assert text.count("Present") == 3
        assert len(many) == len(few)


class TestSchoolsDay:
    def test_a_past_row_says_how_many_were_there(
        self, signed_in: SignedIn, counted: LessonAttendance, planner: User
    ):
        day = timezone.localdate(counted.lesson.starts_at)

        page = read(signed_in(planner).get(f"/schedule/today/?day={day}").content)

        assert "1/2" in page.one("li", "day-row").text


class TestWholeSchool:
    @pytest.fixture(autouse=True)
    def _all_see_it(self) -> None:
        school = SchoolSettings.load()
        school.teachers_see_all_timetables = True
        school.save()

    def cells_of(self, client: Client, counted: LessonAttendance) -> str:
        day = timezone.localdate(counted.lesson.starts_at)
        return read(client.get(f"/schedule/matrix/{day}/").content).one("table").text

    def test_staff_and_who_has_to_do_with_the_lesson_see_it_and_nobody_else(
        self,
        signed_in: SignedIn,
        counted: LessonAttendance,
        class_group: ClassGroup,
        teacher: User,
        other_teacher: User,
        planner: User,
    ):
        class_teacher = UserFactory.create(roles=(Role.TEACHER,))
        MembershipFactory.create(
            class_group=class_group, user=class_teacher, kind=MembershipKind.CLASS_TEACHER
        )

        for person in (planner, teacher, class_teacher):
            assert "1/2" in self.cells_of(signed_in(person), counted), person
        assert "1/2" not in self.cells_of(signed_in(other_teacher), counted)

    def test_paper_leaves_it_out(
        self, signed_in: SignedIn, counted: LessonAttendance, planner: User
    ):
        day = timezone.localdate(counted.lesson.starts_at)

        page = signed_in(planner).get(f"/schedule/matrix/{day}/print/")

        assert page.status_code == 200
        assert counted.lesson.course.name in page.content.decode()
        assert "1/2" not in page.content.decode()

    def test_one_query_for_one_lesson_and_for_many(
        self,
        counted: LessonAttendance,
        teacher: User,
        class_group: ClassGroup,
        student: User,
        django_assert_num_queries: DjangoAssertNumQueries,
    ):
        for hour in (10, 12, 14):
            counted_lesson(teacher, class_group, {student: (0, 45)}, hour=hour)
        teacher.has_role(Role.TEACHER)  # read once a request

        with django_assert_num_queries(1):
            marks = school_head_count_marks(teacher, (), school_time(-1, 0), school_time(0, 0))

        assert len(marks) == 4
