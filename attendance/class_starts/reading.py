"""Sum up how often and how late classes began, and which alarms they had: by teacher, by course and by week.

What was held, and whether it began late, is what attendance keeps of each lesson; alarms go after half a year.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from accounts.models import User
from attendance.class_starts.period import By, Sort
from attendance.enums import AlarmKind
from attendance.formulas import began_late, seconds_of
from attendance.models import Alarm, LessonAttendance
from attendance.overviews.figures import TENTHS, percent_text
from attendance.rules import MINUTE_S
from edu_platform.lib.batches import in_batches
from edu_platform.lib.formatting import NOTHING
from edu_platform.lib.natural_keys import in_order
from edu_platform.lib.periods import Period
from edu_platform.lib.statements import Statement
from schedule.models import Course, begins_within
from schedule.week_grid import monday_of


class ClassStart(NamedTuple):
    """A class that was held."""

    teacher_id: int
    course_id: int
    starts_at: dt.datetime
    # How much later than planned it began; nothing where it began before.
    delay_s: int
    is_late: bool


class RaisedAlarm(NamedTuple):
    """An alarm of a lesson, whether its class was held or not."""

    teacher_id: int
    course_id: int
    kind: str


@dataclass(slots=True)
class Starts:
    """Sums up how classes began."""

    held: int = 0
    late: int = 0
    delays_s: int = 0
    worst_s: int = 0
    alarms: Counter[str] = field(default_factory=Counter)

    def add(self, start: ClassStart) -> None:
        self.held += 1
        self.late += start.is_late
        self.delays_s += start.delay_s
        self.worst_s = max(self.worst_s, start.delay_s)

    @property
    def mean_s(self) -> int:
        """Return the mean delay of all that were held."""
        return self.delays_s // self.held if self.held else 0

    @property
    def alarm_count(self) -> int:
        return self.alarms.total()

    @property
    def alarm_cells(self) -> list[int]:
        """Return how many alarms of each kind there were, in the order of the kinds."""
        return [self.alarms[kind] for kind in AlarmKind]

    @property
    def per_mille(self) -> int | None:
        """Return the share of late ones; None: none was held."""
        return self.late * TENTHS // self.held if self.held else None

    @property
    def percent_text(self) -> str:
        return percent_text(self.per_mille)

    @property
    def mean_text(self) -> str:
        return _delay_text(self.mean_s) if self.held else NOTHING

    @property
    def worst_text(self) -> str:
        return _delay_text(self.worst_s) if self.held else NOTHING


def _delay_text(seconds: int) -> str:
    """Return minutes and seconds, as 6:05."""
    return f"{seconds // MINUTE_S}:{seconds % MINUTE_S:02}"


@dataclass(frozen=True, slots=True)
class StartsRow:
    """The classes of one teacher, or of one course."""

    of: User | Course
    starts: Starts

    @property
    def name(self) -> str:
        return self.of.display_name if isinstance(self.of, User) else self.of.name

    @property
    def username(self) -> str:
        return self.of.username if isinstance(self.of, User) else ""


class ClassStarts:
    """Holds the classes of lessons that begin in a period, and their alarms; two queries."""

    def __init__(self, since: dt.datetime, until: dt.datetime) -> None:
        self.starts = list(_starts(since, until))
        rows = _ALARMS.rows(since=since, until=until)
        self.alarms = [RaisedAlarm(*row) for row in rows]

    def rows(self, by: By, sort: Sort = Sort.NAME) -> list[StartsRow]:
        """Return a row a teacher, or a course, in the order of their names, or the most first; one query."""
        column = "teacher_id" if by is By.TEACHER else "course_id"
        key_of = attrgetter(column)
        sums: dict[int, Starts] = {}
        for start in self.starts:
            sums.setdefault(key_of(start), Starts()).add(start)
        for alarm in self.alarms:
            sums.setdefault(key_of(alarm), Starts()).alarms[alarm.kind] += 1
        rows = [StartsRow(of, sums[of.pk]) for of in _named(by, sums)]
        if sort is not Sort.NAME:
            # Rows of the same number stay in the order of their names.
            rows.sort(key=lambda row: _NUMBERS[sort](row.starts), reverse=True)
        return rows

    @property
    def total(self) -> Starts:
        return _summed(self.starts, self.alarms)

    def by_week(self) -> dict[dt.date, Starts]:
        """Return the sums by the Monday of their week."""
        weeks: dict[dt.date, Starts] = {}
        for start in self.starts:
            monday = monday_of(timezone.localdate(start.starts_at))
            weeks.setdefault(monday, Starts()).add(start)
        return weeks


_NUMBERS = {
    Sort.HELD: attrgetter("held"),
    Sort.LATE: attrgetter("late"),
    Sort.MEAN: attrgetter("mean_s"),
    Sort.WORST: attrgetter("worst_s"),
    Sort.ALARMS: attrgetter("alarm_count"),
}


def _summed(starts: Iterable[ClassStart], alarms: Iterable[RaisedAlarm]) -> Starts:
    total = Starts()
    for start in starts:
        total.add(start)
    total.alarms.update(alarm.kind for alarm in alarms)
    return total


def _named(by: By, keys: Iterable[int]) -> Sequence[User] | Sequence[Course]:
    """Return teachers or courses in the natural order of their names."""
    if by is By.TEACHER:
        return in_order(
            person for pks in in_batches(keys) for person in User.objects.filter(pk__in=pks)
        )
    return in_order(
        course for pks in in_batches(keys) for course in Course.objects.filter(pk__in=pks)
    )


# --- Queries --------------------------------------------------------------------------------------


def _starts(since: dt.datetime, until: dt.datetime) -> Iterator[ClassStart]:
    for teacher_id, course_id, starts_at, late_after_s, text in _HELD.rows(
        since=since, until=until
    ):
        held = tuple(Period(*period) for period in json.loads(text))
        if held:
            planned_s = seconds_of(starts_at)
            delay_s = max(held[0].start_s - planned_s, 0)
            is_late = began_late(held, planned_s, late_after_s)
            yield ClassStart(teacher_id, course_id, starts_at, delay_s, is_late)


def _held(
    since: dt.datetime, until: dt.datetime
) -> QuerySet[LessonAttendance, tuple[int, int, dt.datetime, int, str]]:
    inside = begins_within(since, until, prefix="lesson__")
    rows: QuerySet[LessonAttendance, tuple[int, int, dt.datetime, int, str]] = (
        LessonAttendance.objects.with_states()
        .filter(inside)
        # As text, which is read faster.
        .annotate(held_text=Cast("held", TextField()))
        .values_list(
            *("lesson__teacher", "lesson__course", "lesson__starts_at"),
            *("late_after_s", "held_text"),
        )
    )
    return rows


_HELD: Statement[tuple[int, int, dt.datetime, int, str]] = Statement(_held)
_ALARMS: Statement[tuple[int, int, str]] = Statement(
    lambda since, until: Alarm.objects.filter(
        begins_within(since, until, prefix="lesson__")
    ).values_list("lesson__teacher", "lesson__course", "kind")
)
