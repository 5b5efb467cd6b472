"""The lessons that the patterns of a term ask for, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from django.db.models import QuerySet

from accounts.models import User
from schedule.enums import PatternSource
from schedule.lessons.moments import NotReadable, in_school_time
from schedule.lessons.plan import LessonPlan
from schedule.models import ClassGroup, Pattern, Term
from schedule.terms.calendar import TermCalendar, TermDate, calendar_of
from schedule.terms.week_ranges import Weeks

# A pattern, and a day on which it asks for a lesson.
Key = tuple[int, dt.date]


class _People:
    """The people in all the lessons of a pattern, read from it once, if at all."""

    def __init__(self, pattern: Pattern) -> None:
        self._pattern = pattern

    @cached_property
    def assistants(self) -> tuple[User, ...]:
        return tuple(self._pattern.assistants.all())

    @cached_property
    def class_groups(self) -> tuple[ClassGroup, ...]:
        return tuple(self._pattern.class_groups.all())


@dataclass(frozen=True)
class Placement:
    """A lesson that a pattern asks for on a day."""

    pattern: Pattern
    day: TermDate
    starts_at: dt.datetime
    ends_at: dt.datetime
    _people: _People

    @cached_property
    def plan(self) -> LessonPlan:
        """The plan of the lesson; of thousands of placements few are asked for it."""
        pattern = self.pattern
        return LessonPlan(
            course=pattern.course,
            teacher=pattern.teacher,
            class_groups=self._people.class_groups,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            assistants=self._people.assistants,
            title=pattern.title,
            room_type=pattern.room_type,
            record_mode=pattern.record_mode,
            overlap_reason=pattern.overlap_reason,
        )

    @property
    def date(self) -> dt.date:
        return self.day.date

    @property
    def key(self) -> Key:
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
    patterns = patterns_to_place(term).prefetch_related(
        "teacher__role_grants", "assistants__role_grants"
    )
    if source is not None:
        patterns = patterns.filter(source=source)
    return place(patterns, calendar_of(term))


def patterns_to_place(term: Term) -> QuerySet[Pattern]:
    patterns = term.patterns.select_related("course", "teacher")
    return patterns.prefetch_related("assistants", "class_groups").order_by("pk")


def place(
    patterns: Iterable[Pattern],
    calendar: TermCalendar,
    *,
    is_meant: Callable[[Key], bool] = lambda _key: True,
) -> Placements:
    """Place each pattern on each of its days, or on those that `is_meant` picks."""
    found = Placements()
    moments = _Moments()
    for pattern in patterns:
        people = _People(pattern)
        weeks = Weeks(pattern.weeks)
        found.on_holidays += [
            (pattern, day) for day in calendar.holidays_of(pattern.weekday, weeks)
        ]
        for day in calendar.dates_of(pattern.weekday, weeks):
            if not is_meant((pattern.pk, day.date)):
                continue
            try:
                starts_at = moments[day.date, pattern.starts]
                ends_at = moments[day.date, pattern.ends]
            except NotReadable as err:
                found.not_placed.append(NotPlaced(pattern, day, str(err)))
            else:
                found.wanted.append(Placement(pattern, day, starts_at, ends_at, people))
    found.wanted.sort(key=lambda each: (each.starts_at, each.pattern.pk))
    return found


class _Moments(dict[tuple[dt.date, dt.time], dt.datetime]):
    """Moments in the school's time, each worked out once: thousands of lessons have a few bell times."""

    def __missing__(self, key: tuple[dt.date, dt.time]) -> dt.datetime:
        moment = self[key] = in_school_time(*key)
        return moment
