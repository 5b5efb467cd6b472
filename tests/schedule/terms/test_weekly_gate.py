"""The gate of weekly lessons: which hours are sound, and that no way passes it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest

from schedule.enums import PatternSource
from schedule.models import Pattern
from schedule.terms import pattern_changes as pattern_services
from schedule.terms.bulk_patterns import replace_patterns
from schedule.terms.pattern_plans import PatternPlan, plan_of
from schedule.terms.pattern_writing import insert_patterns, move_patterns, update_patterns
from schedule.terms.weekly_gate import NoSuchHours, WeeklyFault, fault_of, hours_fault
from tests.factories.schedule import PatternFactory

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
    pattern = Pattern(
        weekday=weekday, starts=starts, ends=ends, first_bell=first_bell, last_bell=last_bell
    )

    assert fault_of(pattern) is fault
    if fault is not WeeklyFault.NO_WEEKDAY:
        assert hours_fault(starts, ends, first_bell, last_bell) is fault


def _moved_by_bells(pattern: Pattern, plan: PatternPlan) -> None:
    pattern.starts, pattern.ends = plan.starts, plan.ends
    move_patterns([pattern])


WAYS: dict[str, Callable[[Pattern, PatternPlan], object]] = {
    "added on its page": lambda pattern, plan: pattern_services.add_pattern(pattern.term, plan),
    "changed on its page": pattern_services.change_pattern,
    "a file or FET": lambda pattern, plan: replace_patterns(
        pattern.term, [plan], source=PatternSource.FET
    ),
    "the copy of a term": lambda pattern, plan: insert_patterns(
        pattern.term, [plan], source=PatternSource.PAGE
    ),
    "a file that changes it": lambda pattern, plan: update_patterns([(pattern, plan)]),
    "bell times": _moved_by_bells,
}


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
def test_no_way_passes_the_gate(way: str):
    pattern = PatternFactory.create(starts=EIGHT, ends=NINE)
    reversed_plan = dataclasses.replace(plan_of(pattern), starts=NINE, ends=EIGHT)

    with pytest.raises(NoSuchHours) as refused:
        WAYS[way](pattern, reversed_plan)

    assert refused.value.fault is WeeklyFault.ENDS_BEFORE_START
    assert list(Pattern.objects.values_list("starts", "ends")) == [(EIGHT, NINE)]
