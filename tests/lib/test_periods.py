"""Sets of periods in whole seconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edu_platform.lib.periods import Period, cut, length_s, union
from tests.support.periods import all_seconds

moments = st.integers(0, 60)
periods = st.builds(Period, moments, moments)


@pytest.mark.parametrize(
    ("periods", "expected"),
    [
        ([], []),
        ([(3, 3)], []),
        ([(5, 9), (0, 3)], [(0, 3), (5, 9)]),
        ([(0, 3), (3, 5)], [(0, 5)]),
        ([(0, 9), (2, 5), (8, 12)], [(0, 12)]),
    ],
)
def test_periods_that_touch_are_one(
    periods: list[tuple[int, int]], expected: list[tuple[int, int]]
):
    assert list(union(periods)) == expected


@given(st.lists(periods, max_size=6), st.lists(periods, max_size=6))
def test_periods_are_sets_of_seconds(some: list[Period], others: list[Period]):
    assert all_seconds(union(some)) == all_seconds(some)
    assert length_s(union(some)) == len(all_seconds(some))
    assert all_seconds(cut(some, others)) == all_seconds(some) & all_seconds(others)
