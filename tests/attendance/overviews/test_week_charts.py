"""Bars of weeks: where they stand in a drawing as wide as its card."""

from __future__ import annotations

import datetime as dt

import pytest

from attendance.overviews.figures import Figures
from attendance.overviews.spans import Span
from attendance.overviews.week_charts import MOST_OF_ALL, WeekChart, chart_of

MONDAY = dt.date(2026, 8, 31)


def chart_of_weeks(weeks: int) -> WeekChart:
    last_day = MONDAY + dt.timedelta(weeks=weeks, days=-1)
    return chart_of(Span(MONDAY, last_day, None, []), {MONDAY: Figures()})


def percent(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


@pytest.mark.parametrize("weeks", [1, 5, 24, 53])
def test_weeks_share_the_whole_width_and_bars_lie_around_their_middles(weeks: int):
    chart = chart_of_weeks(weeks)
    width = percent(chart.bar_width)

    middles = [percent(week.middle) for week in chart.weeks]

    assert middles == pytest.approx(
        [(number + 0.5) * 100 / weeks for number in range(weeks)], abs=0.01
    )
    for week, middle in zip(chart.weeks, middles, strict=True):
        assert percent(week.x) + width / 2 == pytest.approx(middle, abs=0.02)
    assert percent(chart.weeks[-1].x) + width <= 100


def test_bars_of_few_weeks_are_no_blocks_and_those_of_many_do_not_touch():
    assert percent(chart_of_weeks(5).bar_width) == MOST_OF_ALL
    assert percent(chart_of_weeks(53).bar_width) < 100 / 53
    # A phone scrolls what it has no room for.
    assert chart_of_weeks(53).width > chart_of_weeks(24).width > 360
