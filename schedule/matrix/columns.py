"""The columns of a matrix: the periods of its days, or the times at which lessons begin where there are no bells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from schedule.terms.bell_times import Bells
from schedule.terms.words import periods_in_words, time_in_words
from schedule.timetable.empty_places import EmptyPlace
from schedule.week_grid import weekday_label

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
    # None: of what begins at no period's start, or of a day without lessons and bells.
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
        return "–" if self.is_exact else pgettext("column of the school timetable", "Other times")

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


class Columns:
    """The columns of some days, and the place of each time at which lessons of these days lie."""

    def __init__(
        self, days: Sequence[dt.date], bells: Bells, times: Collection[LocalPeriod]
    ) -> None:
        """Take the times of all lessons that begin in these days, in the current time zone."""
        by_day: dict[dt.date, list[LocalPeriod]] = {day: [] for day in days}
        zone = timezone.get_current_timezone()
        local_times = {
            period: (period[0].astimezone(zone), period[1].astimezone(zone)) for period in times
        }
        for local in local_times.values():
            by_day[local[0].date()].append(local)
        self.days = tuple(
            ColumnsOfDay(day, tuple(_columns(day, bells, day_times)))
            for day, day_times in by_day.items()
            if day_times or len(days) == 1 or day.weekday() < WORKING_DAYS
        )
        self.columns = tuple(column for day in self.days for column in day.columns)
        self._firsts = {}
        first = 0
        for day_columns in self.days:
            self._firsts[day_columns.date] = (first, day_columns.columns)
            first += len(day_columns.columns)
        self.places = {period: self._place(*local) for period, local in local_times.items()}

    def _place(self, starts_at: dt.datetime, ends_at: dt.datetime) -> Place:
        first, columns = self._firsts[starts_at.date()]
        starts = starts_at.time()
        ends = ends_at.time() if ends_at.date() == starts_at.date() else dt.time.max
        here = _column_of(starts, columns)
        runs_on_in = tuple(
            first + number
            for number, column in enumerate(columns)
            if number != here and column.is_taken_by(starts, ends)
        )
        times = "" if columns[here].is_exact else _times_in_words(starts_at, ends_at)
        return Place(first + here, times, runs_on_in)


def _columns(day: dt.date, bells: Bells, times: Iterable[LocalPeriod]) -> Iterable[Column]:
    """Yield the columns of one day with lessons at these times; at least one."""
    beginnings = sorted({starts_at.time() for starts_at, _ends_at in times})
    if bells.spans:
        for number, span in enumerate(bells.spans, start=1):
            yield Column(day, number, span.starts, span.ends, is_exact=True)
        if any(bells.number_at(time) is None for time in beginnings):
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
