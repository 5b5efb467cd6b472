"""Weeks as families see them, worked out and written once for all who see the same.

A class group has one week, and after a change many of its families look within minutes. A week is known by all that it
follows from, so what has changed is another one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from schedule.terms.reading import TermWeek
from schedule.timetable import weeks
from schedule.timetable.timetable_rows import LessonRow
from schedule.timetable.timetables import Viewer
from schedule.timetable.weeks import Week

# Between the moments of lessons the clock changes little, which may be so old: the line of the present moment, which
# the script moves on, and marks of what was changed days ago.
STEP = dt.timedelta(minutes=5)
# People with an account get ways to days and to new lessons in the table; families get none.
LEADS_NOWHERE = {"days_url": None, "empty_places": None}
EPOCH = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
# A process keeps so many, of about 80 KiB.
WEEKS_KEPT = 64


@dataclass(frozen=True, slots=True)
class _Origin:
    """Holds all that a written week follows from."""

    day: dt.date
    lessons: tuple[LessonRow, ...]
    of_term: TermWeek | None
    overtime: dt.timedelta
    language: str | None
    at: dt.datetime
    # A week shows the same to all viewers who are families, but for the overtime of their school.
    viewer: Viewer = field(compare=False)


def written_week(
    day: dt.date,
    lessons: Sequence[LessonRow],
    viewer: Viewer,
    at: dt.datetime,
    *,
    of_term: TermWeek | None,
) -> tuple[Week, SafeString]:
    """Return the week that holds a day, and its table; for the viewer of a family, and in the present language."""
    overtime = viewer.school.overtime
    latest = max([_step_before(at), *_moments_before(lessons, overtime, at)])
    # At a moment itself some states are still those before it, others are those after it. Right after it all are settled.
    settled = min(latest + dt.timedelta.resolution, at)
    origin = _Origin(day, tuple(lessons), of_term, overtime, get_language(), settled, viewer)
    return _written(origin)


def _step_before(at: dt.datetime) -> dt.datetime:
    return at - (at - EPOCH) % STEP


def _moments_before(
    lessons: Sequence[LessonRow], overtime: dt.timedelta, at: dt.datetime
) -> Iterator[dt.datetime]:
    """Yield the moments before this one at which a lesson changed by the clock alone."""
    for lesson in lessons:
        for moment in (lesson.starts_at, lesson.ends_at, lesson.ends_at + overtime):
            if moment <= at:
                yield moment


@lru_cache(maxsize=WEEKS_KEPT)
def _written(origin: _Origin) -> tuple[Week, SafeString]:
    week = weeks.week_of(
        origin.day, origin.lessons, origin.viewer, origin.at, of_term=origin.of_term
    )
    return week, render_to_string("schedule/_week_table.html", {"week": week, **LEADS_NOWHERE})
