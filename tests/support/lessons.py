"""Plans of lessons, as tests change them."""

from __future__ import annotations

from typing import Any

from schedule.models import Lesson
from schedule.services import lessons


def changed(lesson: Lesson, **fields: Any) -> lessons.LessonPlan:
    """The plan of the lesson as it is, save these fields."""
    present = lessons.plan_of(lesson)
    values = {name: getattr(present, name) for name in present.__slots__}
    return lessons.LessonPlan(**{**values, **fields})
