"""A teacher who is planned in a lesson to come needs the role."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import LessonState
from schedule.models import Lesson
from schedule.timetable.timetables import with_lessons_to_come
from tests.factories.schedule import UnplannedLessonFactory

pytestmark = pytest.mark.django_db


def plan(teacher: User, *, days: int, state: LessonState = LessonState.PUBLISHED) -> Lesson:
    starts_at = timezone.now() + dt.timedelta(days=days)
    lesson = UnplannedLessonFactory.create(
        teacher=teacher, starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=45)
    )
    Lesson.objects.filter(pk=lesson.pk).update(state=state)
    return lesson


@pytest.mark.parametrize("state", [LessonState.PUBLISHED, LessonState.DRAFT])
def test_teacher_of_a_lesson_to_come_needs_the_role(teacher: User, state: LessonState):
    plan(teacher, days=3, state=state)

    assert with_lessons_to_come([teacher], Role.TEACHER) == {teacher.pk}
    assert with_lessons_to_come([teacher], Role.STUDENT) == set()


def test_assistant_needs_it_too(teacher: User, other_teacher: User):
    plan(teacher, days=3).assistants.add(other_teacher)

    assert with_lessons_to_come([teacher, other_teacher], Role.TEACHER) == {
        teacher.pk,
        other_teacher.pk,
    }


def test_past_and_cancelled_lessons_need_nobody(teacher: User):
    plan(teacher, days=-3)
    plan(teacher, days=3, state=LessonState.CANCELLED)

    assert with_lessons_to_come([teacher], Role.TEACHER) == set()
