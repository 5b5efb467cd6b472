"""The lessons that the patterns of a term ask for, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from schedule.enums import PatternSource
from schedule.models import Pattern, Term
from schedule.planning.moments import NotReadable, in_school_time
from schedule.services.lessons import LessonPlan
from schedule.terms.calendar import TermCalendar, TermDate, calendar_of
from schedule.terms.weeks import Weeks


@dataclass(frozen=True, slots=True)
class Placement:
    """A lesson that a pattern asks for on a day."""

    pattern: Pattern
    day: TermDate
    plan: LessonPlan

    @property
    def date(self) -> dt.date:
        return self.day.date

    @property
    def key(self) -> tuple[int, dt.date]:
        return self.pattern.pk, self.day.date


@dataclass(frozen=True, slots=True)
class NotPlaced:
    """A lesson that cannot be held on its day: clocks skip its hour then, or have it twice."""

    pattern: Pattern
    day: TermDate
    reason: str


@dataclass(slots=True)
class Placements:
    wanted: list[Placement] = field(default_factory=list)
    # Left out, since the school is closed.
    on_holidays: list[tuple[Pattern, TermDate]] = field(default_factory=list)
    not_placed: list[NotPlaced] = field(default_factory=list)


def placements_of(term: Term, *, source: PatternSource | None = None) -> Placements:
    """All that the patterns of a term ask for, or those of one source, in order of time; seven queries."""
    patterns = (
        term.patterns.select_related("course", "teacher")
        .prefetch_related("teacher__role_grants", "assistants__role_grants", "class_groups")
        .order_by("pk")
    )
    if source is not None:
        patterns = patterns.filter(source=source)
    return place(patterns, calendar_of(term))


def place(patterns: Iterable[Pattern], calendar: TermCalendar) -> Placements:
    found = Placements()
    for pattern in patterns:
        weeks = Weeks(pattern.weeks)
        found.on_holidays += [
            (pattern, day) for day in calendar.holidays_of(pattern.weekday, weeks)
        ]
        for day in calendar.dates_of(pattern.weekday, weeks):
            try:
                found.wanted.append(Placement(pattern, day, _plan(pattern, day.date)))
            except NotReadable as err:
                found.not_placed.append(NotPlaced(pattern, day, str(err)))
    found.wanted.sort(key=lambda each: (each.plan.starts_at, each.pattern.pk))
    return found


def _plan(pattern: Pattern, date: dt.date) -> LessonPlan:
    return LessonPlan(
        course=pattern.course,
        teacher=pattern.teacher,
        class_groups=tuple(pattern.class_groups.all()),
        starts_at=in_school_time(date, pattern.starts),
        ends_at=in_school_time(date, pattern.ends),
        assistants=tuple(pattern.assistants.all()),
        title=pattern.title,
        room_type=pattern.room_type,
        record_mode=pattern.record_mode,
        overlap_reason=pattern.overlap_reason,
    )
