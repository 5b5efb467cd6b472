from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.models import ClassGroup, Lesson
from schedule.work import kinds
from tests.factories.schedule import CourseFactory, LessonFactory, school_time

LessonAt = Callable[..., Lesson]


@pytest.fixture
def lesson_from_now(teacher: User, assistant: User, class_group: ClassGroup) -> LessonAt:
    """A lesson of the cast that starts, and ends, so many minutes from now."""

    def make(starts: int, ends: int, **fields: object) -> Lesson:
        now = timezone.now().replace(microsecond=0)
        return LessonFactory.create(
            course=CourseFactory.create(name="语文课"),
            teacher=teacher,
            assistants=[assistant],
            class_groups=[class_group],
            starts_at=now + dt.timedelta(minutes=starts),
            ends_at=now + dt.timedelta(minutes=ends),
            **fields,
        )

    return make


@pytest.fixture
def later_lesson(teacher: User, class_group: ClassGroup, lesson: Lesson) -> Lesson:
    """Another lesson of the teacher, in two days, from 10:00 to 10:45."""
    return LessonFactory.create(
        course=lesson.course,
        teacher=teacher,
        class_groups=[class_group],
        starts_at=school_time(2, 10),
        ends_at=school_time(2, 10, 45),
    )


@pytest.fixture
def all_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave everything to workers, however little it is."""
    monkeypatch.setattr(kinds, "LONG_FROM_ROWS", 0)
