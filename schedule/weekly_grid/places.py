"""The empty places of a term's grid, at which planners begin a weekly lesson, and the weeks in which they are empty."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from django.utils import timezone

from schedule.matrix.columns import Column
from schedule.matrix.rows import Row
from schedule.matrix.table import Cell
from schedule.models import Term
from schedule.terms.weekly_lessons.week_ranges import EVEN, ODD, Weeks, written
from schedule.weekly_grid.choice import Parity
from schedule.weekly_grid.reading import PlanWeek


class EmptyPlace(NamedTuple):
    """A weekday and time at which a weekly lesson can begin, as its form is filled in."""

    weekday: int
    # None: the time is one by the clock.
    first_bell: int | None
    starts: dt.time
    ends: dt.time | None


class EmptyPlaces:
    """The empty places of one grid."""

    def __init__(self, term: Term, parity: Parity, plan: PlanWeek) -> None:
        self._plan = plan
        # The weeks of the term that are shown.
        self.pool = frozenset(_shown(parity).among(term.weeks))
        self._all = frozenset(range(1, term.weeks + 1))
        self._texts: dict[frozenset[Weeks], str | None] = {}

    def place_in(self, column: Column, row: Row, *, is_of_teacher: bool) -> EmptyPlace | None:
        """Return where a weekly lesson of this row begins in a column; None where no time is the start of all."""
        weekday = column.day.isoweekday()
        if not is_of_teacher:
            weeks = self._whole_pool
            column = column.in_list(self._plan.held.of(((row.pk, row.grade),), weekday, weeks))
        if column.starts is None or not column.is_exact:
            return None
        if 0 < column.number <= len(self._plan.held.default.spans):
            return EmptyPlace(weekday, column.number, column.starts, column.ends)
        ends = column.ends or self._usual_ends.get(column.starts)
        return EmptyPlace(weekday, None, column.starts, ends)

    def free_weeks(self, cell: Cell) -> str | None:
        """Return the weeks in which nothing stands in a cell, as its form reads them; None where there are none."""
        weeks = frozenset(self._plan.weeks[entry.lesson.pk] for entry in cell)
        if weeks not in self._texts:
            free = {
                week
                for week in self.pool
                if not any(taken_weeks.has(week) for taken_weeks in weeks)
            }
            self._texts[weeks] = self._text_of(free) if free else None
        return self._texts[weeks]

    def _text_of(self, free: Iterable[int]) -> str:
        """Return the shortest that is meant: every, odd or even weeks, or a list."""
        for text in ("", ODD, EVEN):
            if {week for week in self._all if Weeks(text).has(week)} == free:
                return text
        return written(sorted(free))

    @cached_property
    def _whole_pool(self) -> Weeks:
        return Weeks(self._text_of(self.pool))

    @cached_property
    def _usual_ends(self) -> dict[dt.time, dt.time]:
        """Find by the times at which weekly lessons of the term begin when most of these end."""
        zone = timezone.get_current_timezone()
        times = Counter(
            (lesson.starts_at.astimezone(zone).time(), lesson.ends_at.astimezone(zone).time())
            for lesson in self._plan.lessons.lessons
        )
        ends: dict[dt.time, dt.time] = {}
        for (starts, end), _count in times.most_common():
            ends.setdefault(starts, end)
        return ends


def _shown(parity: Parity) -> Weeks:
    return Weeks("" if parity is Parity.ALL else parity.value)
