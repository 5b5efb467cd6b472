"""The gate of weekly lessons: which hours are sound, and that no way passes it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest

from schedule.enums import WeeklyLessonSource
from schedule.models import WeeklyLesson
from schedule.terms.weekly_lessons import changes as weekly_lesson_services
from schedule.terms.weekly_lessons.bulk_writing import replace_weekly_lessons
from schedule.terms.weekly_lessons.gate import NoSuchHours, WeeklyFault, fault_of, hours_fault
from schedule.terms.weekly_lessons.writing import (
    WeeklyLessonPlan,
    insert_weekly_lessons,
    move_weekly_lessons,
    plan_of,
    update_weekly_lessons,
)
from tests.factories.schedule import WeeklyLessonFactory

EIGHT, NINE = dt.time(8), dt.time(9)

Case = tuple[int, dt.time, dt.time, int | None, int | None, WeeklyFault | None]
CASES: list[Case] = [
    (1, EIGHT, NINE, None, None, None),
    (7, EIGHT, dt.time(8, 1), 3, 3, None),
    (5, EIGHT, NINE, 1, 2, None),
    (1, NINE, EIGHT, None, None, WeeklyFault.ENDS_BEFORE_START),
    (1, EIGHT, EIGHT, None, None, WeeklyFault.ENDS_BEFORE_START),
    (1, NINE, EIGHT, 1, 2, WeeklyFault.ENDS_BEFORE_START),
    (1, EIGHT, NINE, 2, 1, WeeklyFault.PERIODS_REVERSED),
    (1, EIGHT, NINE, 1, None, WeeklyFault.HALF_BY_PERIODS),
    (1, EIGHT, NINE, None, 1, WeeklyFault.HALF_BY_PERIODS),
    (0, EIGHT, NINE, None, None, WeeklyFault.NO_WEEKDAY),
    (8, EIGHT, NINE, None, None, WeeklyFault.NO_WEEKDAY),
]


@pytest.mark.parametrize("case", CASES)
def test_hours_are_sound_or_not_for_one_reason(case: Case):
    weekday, starts, ends, first_bell, last_bell, fault = case
    weekly_lesson = WeeklyLesson(
        weekday=weekday, starts=starts, ends=ends, first_bell=first_bell, last_bell=last_bell
    )

    assert fault_of(weekly_lesson) is fault
    if fault is not WeeklyFault.NO_WEEKDAY:
        assert hours_fault(starts, ends, first_bell, last_bell) is fault


def _moved_by_bells(weekly_lesson: WeeklyLesson, plan: WeeklyLessonPlan) -> None:
    weekly_lesson.starts, weekly_lesson.ends = plan.starts, plan.ends
    move_weekly_lessons([weekly_lesson])


WAYS: dict[str, Callable[[WeeklyLesson, WeeklyLessonPlan], object]] = {
    "added on its page": lambda weekly_lesson, plan: weekly_lesson_services.add_weekly_lesson(
        weekly_lesson.term, plan
    ),
    "changed on its page": weekly_lesson_services.change_weekly_lesson,
    "a file or FET": lambda weekly_lesson, plan: replace_weekly_lessons(
        weekly_lesson.term, [plan], source=WeeklyLessonSource.FET
    ),
    "the copy of a term": lambda weekly_lesson, plan: insert_weekly_lessons(
        weekly_lesson.term, [plan], source=WeeklyLessonSource.PAGE
    ),
    "a file that changes it": lambda weekly_lesson, plan: update_weekly_lessons(
        [(weekly_lesson, plan)]
    ),
    "bell times": _moved_by_bells,
}


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_no_way_passes_the_gate(way: str):
    weekly_lesson = WeeklyLessonFactory.create(starts=EIGHT, ends=NINE)
    reversed_plan = dataclasses.replace(plan_of(weekly_lesson), starts=NINE, ends=EIGHT)

    with pytest.raises(NoSuchHours) as refused:
        WAYS[way](weekly_lesson, reversed_plan)

    assert refused.value.fault is WeeklyFault.ENDS_BEFORE_START
    assert list(WeeklyLesson.objects.values_list("starts", "ends")) == [(EIGHT, NINE)]
