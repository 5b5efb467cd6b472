from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from schedule.models import ClassGroup, Lesson, Term
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.writing import set_bell_times
from tests.factories.schedule import CourseFactory, TermFactory, UnplannedLessonFactory

# A Tuesday, 07:00 in Shanghai.
NOW = dt.datetime(2026, 11, 30, 23, tzinfo=dt.UTC)
TODAY = dt.date(2026, 12, 1)
BELLS = "08:10-08:50,09:00-09:40,10:00-10:40"

PlanAt = Callable[..., Lesson]


@pytest.fixture(autouse=True)
def _now(in_china: None) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def term(db: None) -> Term:
    """Its fourteenth week is that of today, with three periods a day."""
    term = TermFactory.create(name="秋季学期", first_monday=dt.date(2026, 8, 31))
    set_bell_times(term, read_bells(BELLS))
    return term


@pytest.fixture
def plan_at(teacher: User, class_group: ClassGroup) -> PlanAt:
    """Plan a lesson at a time of today, or of a day after it, of 40 minutes, of the cast unless told otherwise."""

    def plan(course: str, start: str, *, days: int = 0, minutes: int = 40, **fields: Any) -> Lesson:
        starts_at = timezone.make_aware(
            dt.datetime.combine(TODAY + dt.timedelta(days=days), dt.time.fromisoformat(start))
        )
        usual = {"teacher": teacher, "class_groups": [class_group]}
        return UnplannedLessonFactory.create(
            course=CourseFactory.create(name=course),
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=minutes),
            **usual | fields,
        )

    return plan
