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

# In pixels; a week has at least so much room.
WEEK_WIDTH, HEIGHT = 24, 120
TOP, BOTTOM = 8, 22
# In percent: of its week's room, and of the whole drawing where weeks are few.
MOST_OF_WEEK, MOST_OF_ALL = 75, 4


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
    x: str
    middle: str
    y: int
    height: int

    @property
    def has_bar(self) -> bool:
        return self.figures.per_mille is not None


@dataclass(frozen=True, slots=True)
class WeekChart:
    weeks: tuple[Week, ...]
    # What it takes at least.
    width: int
    bar_width: str
    height: int = TOP + HEIGHT + BOTTOM
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
    room = 100 / max(len(span.mondays), 1)
    bar = min(room * MOST_OF_WEEK / 100, MOST_OF_ALL)
    weeks = tuple(
        _week(span, monday, figures.get(monday) or Figures(), room * (number + 0.5), bar)
        for number, monday in enumerate(span.mondays)
    )
    return WeekChart(weeks, len(weeks) * WEEK_WIDTH, _percent(bar))


def _week(span: Span, monday: dt.date, figures: Share, middle: float, bar: float) -> Week:
    y = _y(figures.per_mille or 0)
    return Week(
        span.week_label(monday),
        monday,
        figures,
        _percent(middle - bar / 2),
        _percent(middle),
        y,
        TOP + HEIGHT - y,
    )


def _percent(share: float) -> str:
    return f"{share:.2f}%"


def _y(per_mille: int) -> int:
    return TOP + HEIGHT - per_mille * HEIGHT // TENTHS
