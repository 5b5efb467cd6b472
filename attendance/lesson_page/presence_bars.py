"""The presence of people over a lesson as bars; the table beside them has the same as text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from attendance.formulas import seconds_of
from attendance.models import LessonAttendance, PersonAttendance
from edu_platform.lib.periods import Period, Periods, cut, union
from schedule.models import Lesson

# The width of the picture, in units of its own.
WIDTH = 1000
# What is shorter would not be seen.
NARROWEST = 3


class Bar(NamedTuple):
    """A piece of a bar, from the left, in units of the picture."""

    left: int
    width: int
    css_class: str


class PresenceBars:
    """The time that the bars of a lesson span: what was planned, and what was held."""

    def __init__(self, lesson: Lesson, row: LessonAttendance) -> None:
        self._held = row.held_periods
        planned = Period(seconds_of(lesson.starts_at), seconds_of(lesson.ends_at))
        spans = (planned, *self._held)
        self._start_s = min(span.start_s for span in spans)
        self._length_s = max(max(span.end_s for span in spans) - self._start_s, 1)

    def bars_of(
        self, person: PersonAttendance, stays: Iterable[tuple[dt.datetime, dt.datetime]]
    ) -> list[Bar]:
        """Return the pieces of one person's bar, those below first."""
        held = [self._bar(period, "bar-held") for period in self._held]
        inside = union(Period(seconds_of(begin), seconds_of(end)) for begin, end in stays)
        counted = cut(inside, self._held)
        if counted or person.first_in_at is None or person.last_out_at is None:
            return held + [self._bar(period, "bar-there") for period in counted]
        # Only its ends are known: single stays are not told, or not kept any more.
        around: Periods = (Period(seconds_of(person.first_in_at), seconds_of(person.last_out_at)),)
        return held + [self._bar(period, "bar-around") for period in around]

    def _bar(self, period: Period, css_class: str) -> Bar:
        left = (period.start_s - self._start_s) * WIDTH // self._length_s
        width = period.length_s * WIDTH // self._length_s
        return Bar(left, max(width, NARROWEST), css_class)
