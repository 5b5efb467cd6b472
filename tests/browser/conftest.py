from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from schedule.models import ClassGroup, Lesson
from schedule.week_grid import start_of_day
from tests.factories.schedule import CourseFactory, LessonFactory


@pytest.fixture
def running(teacher: User, assistant: User, class_group: ClassGroup) -> Lesson:
    """Began five minutes ago, but not before today's midnight, and lasts another forty."""
    now = timezone.now().replace(microsecond=0)
    today_began_at = start_of_day(timezone.localdate(now))
    return LessonFactory.create(
        course=CourseFactory.create(name="数学课"),
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        starts_at=max(now - dt.timedelta(minutes=5), today_began_at),
        ends_at=now + dt.timedelta(minutes=40),
    )
