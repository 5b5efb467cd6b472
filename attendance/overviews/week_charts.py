"""Percentages by week, and where they stand in a small chart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from django.utils import timezone

from attendance.overviews.figures import TENTHS, Figures
from attendance.overviews.spans import Span
from schedule.week_grid import monday_of

# In the units of the drawing.
BAR_WIDTH, GAP, HEIGHT = 18, 6, 120
LEFT, TOP, BOTTOM = 40, 8, 22


class Share(Protocol):
    """Has a percentage, or none where nothing counts yet."""

    @property
    def per_mille(self) -> int | None: ...
    @property
    def percent_text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Week:
    label: str
    monday: dt.date
    figures: Share
    # Where its bar stands; none where nothing counts.
    x: int
    y: int
    height: int

    @property
    def has_bar(self) -> bool:
        return self.figures.per_mille is not None

    @property
    def middle(self) -> int:
        return self.x + BAR_WIDTH // 2


@dataclass(frozen=True, slots=True)
class WeekChart:
    weeks: tuple[Week, ...]
    width: int
    height: int = TOP + HEIGHT + BOTTOM
    bar_width: int = BAR_WIDTH
    left: int = LEFT
    label_y: int = TOP + HEIGHT + BOTTOM - 6

    @property
    def lines(self) -> list[tuple[int, int]]:
        """Return the percentages that are drawn as lines, and how high."""
        return [(percent, _y(percent * 10)) for percent in (0, 50, 100)]

    @property
    def counted_weeks(self) -> list[Week]:
        return [week for week in self.weeks if week.has_bar]

    @property
    def is_shown(self) -> bool:
        """Return whether there is anything to compare: a single week is said by its figure."""
        return len(self.counted_weeks) > 1


def week_chart(span: Span, counted: Iterable[tuple[dt.datetime, str, str]]) -> WeekChart:
    """Return the chart of lessons' starts, stages and states."""
    figures: dict[dt.date, Figures] = {}
    mondays: dict[dt.datetime, dt.date] = {}
    for starts_at, stage, state in counted:
        monday = mondays.get(starts_at)
        if monday is None:
            monday = mondays[starts_at] = monday_of(timezone.localdate(starts_at))
        figures.setdefault(monday, Figures()).add(stage, state)
    return chart_of(span, figures)


def chart_of(span: Span, figures: Mapping[dt.date, Share]) -> WeekChart:
    """Return the chart of figures by the Monday of their week."""
    weeks = tuple(
        _week(span, monday, figures.get(monday) or Figures(), number)
        for number, monday in enumerate(span.mondays)
    )
    return WeekChart(weeks, LEFT + len(weeks) * (BAR_WIDTH + GAP) + GAP)


def _week(span: Span, monday: dt.date, figures: Share, number: int) -> Week:
    y = _y(figures.per_mille or 0)
    x = LEFT + GAP + number * (BAR_WIDTH + GAP)
    return Week(span.week_label(monday), monday, figures, x, y, TOP + HEIGHT - y)


def _y(per_mille: int) -> int:
    return TOP + HEIGHT - per_mille * HEIGHT // TENTHS
