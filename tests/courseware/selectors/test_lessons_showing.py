"""The courses that use a file are read by those who may take it from them, of courses that are theirs."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from courseware.enums import Release
from courseware.models import CourseBinding, Courseware
from courseware.selectors.lessons_showing import CourseUse, uses_of
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.courseware.conftest import page_of
from tests.factories.courseware import BindingFactory
from tests.factories.schedule import LessonFactory, school_time

pytestmark = pytest.mark.django_db


@pytest.fixture
def shared(courseware: Courseware, lesson: Lesson) -> Courseware:
    """Public, released in the cast's lesson, and brought by two courses: the lesson's and another."""
    Courseware.objects.update(is_public=True)
    BindingFactory.create(courseware=courseware, lesson=lesson, release=Release.BEFORE)
    other = LessonFactory.create(starts_at=school_time(3, 8), course__name="别人的课程")
    CourseBinding.objects.create(courseware=courseware, course=lesson.course)
    CourseBinding.objects.create(courseware=courseware, course=other.course, teacher=other.teacher)
    return courseware


def test_owner_reads_of_their_own_courses_and_how_many_others_there_are(
    shared: Courseware, teacher: User, lesson: Lesson
):
    uses = uses_of(shared, teacher, may_change=True, at=timezone.now())

    assert uses.courses == (CourseUse(course=lesson.course.name, teacher=""),)
    assert (uses.other_courses, uses.is_used) == (1, True)


def test_staff_reads_of_all(shared: Courseware, planner: User):
    uses = uses_of(shared, planner, may_change=True, at=timezone.now())

    assert (len(uses.courses), uses.other_courses) == (2, 0)


def test_courses_of_others_alone_are_uses_too(courseware: Courseware, teacher: User):
    CourseBinding.objects.create(courseware=courseware, course=LessonFactory.create().course)

    uses = uses_of(courseware, teacher, may_change=True, at=timezone.now())

    assert (uses.courses, uses.other_courses, uses.is_used) == ((), 1, True)


@pytest.mark.parametrize("who", ["student", "other_teacher"])
def test_others_read_of_no_course(
    shared: Courseware,
    signed_in: SignedIn,
    who: str,
    request: pytest.FixtureRequest,
    lesson: Lesson,
):
    page = page_of(signed_in(request.getfixturevalue(who)), shared).text

    assert "别人的课程" not in page
    assert f"课程{lesson.course.name}" not in page


def test_owner_is_told_of_other_courses(shared: Courseware, signed_in: SignedIn, teacher: User):
    page = page_of(signed_in(teacher, "en"), shared)

    assert [line.text for line in page.all("li") if "more course" in line.text] == [
        "and 1 more course"
    ]
