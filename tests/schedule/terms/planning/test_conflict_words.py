"""Every way in which a term is planned says who stands against it: students, and people and class groups of former times."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.paging import PageForm
from schedule.enums import WeeklyLessonSource
from schedule.imports.fet.clock_times import Hour
from schedule.imports.fet.fault_words import conflict_faults
from schedule.imports.fet.fet_lessons import FetLesson
from schedule.imports.fet.fet_rows import FetRow
from schedule.imports.weekly_lesson_overlaps import lesson_conflicts
from schedule.management.commands.set_day import conflict_lines
from schedule.models import ClassGroup, Term, WeeklyLesson
from schedule.terms.days.calendar import calendar_of
from schedule.terms.planning.conflict_words import by_week
from schedule.terms.planning.difference import difference
from schedule.terms.planning.plan_pages import PlanPage
from schedule.terms.planning.term_difference import TermDifference
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)

pytestmark = pytest.mark.django_db
Told = Callable[[Term, TermDifference], str]


def told_by_a_command(term: Term, found: TermDifference) -> str:
    return "\n".join(conflict_lines(found.conflicts))


def told_by_fet(term: Term, found: TermDifference) -> str:
    lessons = {
        weekly_lesson.pk: FetLesson(
            FetRow(weekly_lesson.pk, str(weekly_lesson.pk), "Monday", "8:00", (), "Maths", ()),
            1,
            (Hour(dt.time(8), dt.time(9)),),
            (),
            (),
        )
        for weekly_lesson in term.weekly_lessons.all()
    }
    return "\n".join(map(str, conflict_faults(found.conflicts, lessons)))


def told_by_a_file(term: Term, found: TermDifference) -> str:
    lines = {pk: pk for pk in term.weekly_lessons.values_list("pk", flat=True)}
    return "\n".join(each.fault.reason for each in lesson_conflicts(found, lines, ()))


def told_beside_a_file(term: Term, found: TermDifference) -> str:
    return "\n".join(each.fault.reason for each in lesson_conflicts(found, {}, ()))


def told_by_the_page(term: Term, found: TermDifference) -> str:
    page = PlanPage(term, found, calendar_of(term)).page_of("conflicts", PageForm({}))
    assert page is not None
    return "\n".join(f"{row.what} {row.notes} {row.other}" for row in page[1])


WAYS = [told_by_a_command, told_by_fet, told_by_a_file, told_beside_a_file, told_by_the_page]


@pytest.fixture(autouse=True)
def _in_english(settings) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def term() -> Term:
    return TermFactory.create(weeks=2)


@pytest.fixture
def weekly_lesson(term: Term, teacher: User) -> WeeklyLesson:
    groups = [ClassGroupFactory.create(name="一班")]
    return WeeklyLessonFactory.create(
        term=term, teacher=teacher, class_groups=groups, source=WeeklyLessonSource.FILE
    )


@pytest.fixture
def english() -> ClassGroup:
    return ClassGroupFactory.create(name="英语A班")


def join(*class_groups: ClassGroup, students: int = 1) -> list[User]:
    users = UserFactory.create_batch(students)
    for user in users:
        for group in class_groups:
            MembershipFactory.create(user=user, class_group=group)
    return users


def found_in(term: Term) -> TermDifference:
    return difference(term, at=timezone.now(), with_past=False)


def test_a_student_of_two_class_groups_is_named(
    term: Term, weekly_lesson: WeeklyLesson, english: ClassGroup
):
    (student,) = join(english, *weekly_lesson.class_groups.all())
    WeeklyLessonFactory.create(term=term, class_groups=[english])

    for told in WAYS:
        said = told(term, found_in(term))

        assert "is in" in said, told
        assert f"{student.display_name} (英语A班 and 一班)" in said
        # FET calls its own weekly lessons by their numbers.
        assert weekly_lesson.course.name in said or f"activity {weekly_lesson.pk}, line" in said


def test_several_students_are_counted_beside_the_lesson_that_is_there(
    term: Term, weekly_lesson: WeeklyLesson, english: ClassGroup
):
    join(english, *weekly_lesson.class_groups.all(), students=3)
    start = timezone.make_aware(dt.datetime.combine(term.first_monday, dt.time(8, 30)))
    there = LessonFactory.create(class_groups=[english], starts_at=start)

    for told in WAYS:
        said = told(term, found_in(term))

        assert "3 students of 一班 and 英语A班" in said, told
        assert there.course.name in said


def test_a_teacher_without_the_role_is_named(
    term: Term, weekly_lesson: WeeklyLesson, teacher: User
):
    teacher.role_grants.all().delete()

    for told in WAYS:
        said = told(term, found_in(term))

        assert f"{teacher.display_name} does not have the role teacher." in said, told
        assert "at that time" not in said


def test_an_archived_class_group_is_named(term: Term, weekly_lesson: WeeklyLesson):
    ClassGroup.objects.update(archived_at=timezone.now())

    for told in WAYS:
        said = told(term, found_in(term))

        assert "The class group 一班 is archived." in said, told
        assert "at that time" not in said


def test_lessons_of_one_course_that_last_unlike_long_are_told_apart(
    term: Term, weekly_lesson: WeeklyLesson
):
    course, teacher = CourseFactory.create(), UserFactory.create(roles=[Role.TEACHER])
    start = timezone.make_aware(dt.datetime.combine(term.first_monday, dt.time(8, 30)))
    for weeks, minutes in enumerate((45, 90)):
        starts_at = start + dt.timedelta(weeks=weeks)
        LessonFactory.create(
            course=course,
            teacher=teacher,
            class_groups=list(weekly_lesson.class_groups.all()),
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=minutes),
        )

    assert [len(conflict.conflicts) for conflict in by_week(found_in(term).conflicts)] == [1, 1]


def test_as_many_queries_for_one_as_for_many(
    term: Term, weekly_lesson: WeeklyLesson, english: ClassGroup
):
    join(english, *weekly_lesson.class_groups.all())
    start = timezone.make_aware(dt.datetime.combine(term.first_monday, dt.time(8, 30)))
    LessonFactory.create(class_groups=[english], starts_at=start)

    def queries(told: Told) -> int:
        found = found_in(term)
        assert found.conflicts
        with CaptureQueriesContext(connection) as counted:
            told(term, found)
        return len(counted)

    one = {told: queries(told) for told in WAYS}
    for number in range(1, 5):
        again = {"term": term, "teacher": weekly_lesson.teacher, "starts": dt.time(8, number)}
        WeeklyLessonFactory.create(**again)
    many = {told: queries(told) for told in WAYS}

    assert [(told, count) for told, count in one.items() if count > 9] == []
    assert [(told, count) for told, count in many.items() if count > 9] == []
