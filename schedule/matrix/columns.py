"""The columns of a matrix: the periods of its days, or the times at which lessons begin where there are no bells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from edu_platform.lib.moments import weekday_label
from schedule.terms.bells.bell_times import Bells
from schedule.terms.words import periods_in_words, time_in_words
from schedule.timetable.empty_places import EmptyPlace

# Monday to Friday have columns in every week, the other days when lessons begin on them.
WORKING_DAYS = 5
# Where lessons of a day begin at more times than these, its columns are hours: the table stays one to look at.
MOST_TIMES_A_DAY = 20

# A lesson's time, in the school's zone.
LocalPeriod = tuple[dt.datetime, dt.datetime]


class Column(NamedTuple):
    day: dt.date
    # The period has this number; it is 0 where there is none.
    number: int
    # None: of what begins at no period's start, of a period that the first list has not, or of a day without any.
    starts: dt.time | None
    ends: dt.time | None
    # Whether all that stands in it begins at its start; else lessons say their times.
    is_exact: bool

    @property
    def head(self) -> str:
        """Return the period (第3节), the time at which its lessons begin, or words for what is left."""
        if self.number:
            return periods_in_words(self.number, self.number)
        if self.starts is not None:
            return f"{self.starts:%H:%M}"
        return (
            "–"
            if self.is_of_empty_day
            else pgettext("column of the school timetable", "Other times")
        )

    @property
    def is_of_empty_day(self) -> bool:
        """Return whether it stands for a day without periods on which nothing begins."""
        return not self.number and self.starts is None and self.is_exact

    @property
    def time(self) -> str:
        """Return when a period begins; its head says it of other columns."""
        return f"{self.starts:%H:%M}" if self.number and self.starts else ""

    @property
    def in_words(self) -> str:
        """Name it for those who cannot see in which column a cell stands."""
        return f"{weekday_label(self.day)} {self.head}"

    @property
    def empty_place(self) -> EmptyPlace | None:
        """Return where a new lesson begins if nothing stands in it; None where no time is the start of all."""
        if self.starts is None or not self.is_exact:
            return None
        return EmptyPlace(self.day, self.starts, self.ends, self.in_words)

    def in_list(self, bells: Bells) -> Column:
        """Return the column as it is by another list: its period has other times there, or none."""
        if not self.number:
            return self
        if self.number > len(bells.spans):
            return self._replace(starts=None, ends=None)
        span = bells.spans[self.number - 1]
        return self._replace(starts=span.starts, ends=span.ends)

    def is_taken_by(self, starts: dt.time, ends: dt.time) -> bool:
        """Tell whether a lesson of these times of its day runs in it, wherever it began."""
        if self.starts is None or not self.is_exact:
            return False
        if self.ends is None:
            return starts <= self.starts < ends
        return starts < self.ends and ends > self.starts


class Place(NamedTuple):
    """The column in which a lesson stands, and those in which it still runs."""

    column: int
    # Its times where the column does not say them.
    times: str
    runs_on_in: tuple[int, ...]


class ColumnsOfDay(NamedTuple):
    date: dt.date
    columns: tuple[Column, ...]


class LessonTime(NamedTuple):
    """The time of a lesson in the school's zone, and the bells by which it is held."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    bells: Bells


class Columns:
    """The columns of some days, and the place of each time at which lessons of these days lie."""

    def __init__(
        self,
        days: Sequence[dt.date],
        bells: Bells,
        times: Collection[LocalPeriod],
        other_times: Collection[tuple[LocalPeriod, Bells]] = (),
        *,
        always: Collection[dt.date] = (),
    ) -> None:
        """Take the times of all lessons that begin in these days, in the current time zone.

        `bells`: those of the first list; `other_times`: those of lessons that are held by another one, which they
        come with. `always`: these days have columns though nothing begins on them.
        """
        by_day: dict[dt.date, list[LessonTime]] = {day: [] for day in days}
        lesson_times = _lesson_times((*((period, bells) for period in times), *other_times))
        for lesson_time in lesson_times.values():
            by_day[lesson_time.starts_at.date()].append(lesson_time)
        self._bells = bells
        self.days = tuple(
            ColumnsOfDay(day, tuple(_columns(day, bells, day_times)))
            for day, day_times in by_day.items()
            if day_times or len(days) == 1 or day.weekday() < WORKING_DAYS or day in always
        )
        self.columns = tuple(column for day in self.days for column in day.columns)
        self._firsts = {}
        first = 0
        for day_columns in self.days:
            self._firsts[day_columns.date] = (first, day_columns.columns)
            first += len(day_columns.columns)
        self.places: dict[LocalPeriod, Place] = {}
        self._other_places: dict[tuple[LocalPeriod, Bells], Place] = {}
        for (period, of_list), lesson_time in lesson_times.items():
            place = self._place(lesson_time)
            if of_list is bells:
                self.places[period] = place
            else:
                self._other_places[period, of_list] = place

    def place_of(self, period: LocalPeriod, bells: Bells) -> Place:
        """Return the place of a lesson that is held by these bells."""
        return self.places[period] if bells is self._bells else self._other_places[period, bells]

    def _place(self, lesson_time: LessonTime) -> Place:
        first, of_day = self._firsts[lesson_time.starts_at.date()]
        is_of_first = lesson_time.bells is self._bells
        columns = (
            of_day if is_of_first else [column.in_list(lesson_time.bells) for column in of_day]
        )
        starts = lesson_time.starts_at.time()
        is_one_day = lesson_time.ends_at.date() == lesson_time.starts_at.date()
        ends = lesson_time.ends_at.time() if is_one_day else dt.time.max
        own_number = _column_of(starts, columns)
        runs_on_in = tuple(
            first + number
            for number, column in enumerate(columns)
            if number != own_number and column.is_taken_by(starts, ends)
        )
        says_times = columns[own_number].is_exact and (
            is_of_first or self._is_as_in_first(lesson_time)
        )
        times = "" if says_times else _times_in_words(lesson_time.starts_at, lesson_time.ends_at)
        return Place(first + own_number, times, runs_on_in)

    def _is_as_in_first(self, lesson_time: LessonTime) -> bool:
        """Tell whether the periods of a lesson by another list have the same times in the first one."""
        starts, ends = lesson_time.starts_at.time(), lesson_time.ends_at.time()
        number, last = lesson_time.bells.number_at(starts), lesson_time.bells.number_ending(ends)
        is_same_end = last is None or self._bells.number_ending(ends) == last
        return self._bells.number_at(starts) == number and is_same_end


def _lesson_times(
    periods: Iterable[tuple[LocalPeriod, Bells]],
) -> dict[tuple[LocalPeriod, Bells], LessonTime]:
    zone = timezone.get_current_timezone()
    return {
        (period, bells): LessonTime(period[0].astimezone(zone), period[1].astimezone(zone), bells)
        for period, bells in periods
    }


def _columns(day: dt.date, bells: Bells, lessons: Collection[LessonTime]) -> Iterable[Column]:
    """Yield the columns of one day with these lessons; at least one. With bells they are periods by their numbers."""
    beginnings = sorted({lesson_time.starts_at.time() for lesson_time in lessons})
    count = max((len(lesson_time.bells.spans) for lesson_time in lessons), default=0)
    if bells.spans or count:
        for number in range(1, max(len(bells.spans), count) + 1):
            yield Column(day, number, None, None, is_exact=True).in_list(bells)
        if any(
            lesson_time.bells.number_at(lesson_time.starts_at.time()) is None
            for lesson_time in lessons
        ):
            yield Column(day, 0, None, None, is_exact=False)
    elif len(beginnings) > MOST_TIMES_A_DAY:
        for hour in sorted({time.hour for time in beginnings}):
            yield Column(day, 0, dt.time(hour), None, is_exact=False)
    elif beginnings:
        for time in beginnings:
            yield Column(day, 0, time, None, is_exact=True)
    else:
        yield Column(day, 0, None, None, is_exact=True)


def _column_of(starts: dt.time, columns: Sequence[Column]) -> int:
    for number, column in enumerate(columns):
        if column.is_exact:
            is_here = column.starts == starts
        else:
            is_here = column.starts is None or column.starts.hour == starts.hour
        if is_here:
            return number
    raise LookupError(f"no column for {starts}")  # there is one for all that was handed over


def _times_in_words(starts_at: dt.datetime, ends_at: dt.datetime) -> str:
    if starts_at.date() == ends_at.date():
        return time_in_words(starts_at.time(), ends_at.time())
    return _("%(start)s to %(end)s") % {
        "start": f"{starts_at:%H:%M}",
        "end": f"{ends_at:%m-%d %H:%M}",
    }
