"""The rows of a week: its hours; or the periods of its term, and between them what begins with none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import NamedTuple

from django.utils import timezone

from edu_platform.lib.formatting import listed
from schedule.terms.bells.bell_times import Bells, BellSpan, united_spans
from schedule.terms.words import periods_in_words
from schedule.timetable.breaks import HOUR_MIN, Break, breaks_of, minute_of
from schedule.timetable.cards import LessonCard
from schedule.timetable.lanes import running_into
from schedule.timetable.week_days import Day, Entry
from schedule.week_grid import DAYS_A_WEEK, hours_shown

# How long the row is of a place that a lesson has left, for the line of the present moment.
LEFT_PLACE_MIN = 45


class RowKind(Enum):
    HOUR = auto()
    PERIOD = auto()
    # What begins with no period.
    BETWEEN = auto()
    BREAK = auto()


class NowPlace(NamedTuple):
    """The place of the present moment in its row."""

    column: int
    # How much of the row is over; of an hour these are its minutes.
    sixtieths: int


# One entry a day, Monday first.
Cells = tuple[tuple[Entry, ...], ...]
NO_CELLS: Cells = ((),) * DAYS_A_WEEK


@dataclass(frozen=True, slots=True)
class WeekRow:
    kind: RowKind
    # Minutes of the day.
    starts: int
    ends: int
    cells: Cells
    # Which period or break it is; empty of others.
    words: str = ""
    # The times in its head.
    times: str = ""
    # Each day has the lessons of earlier rows that still run in it; empty when there are none.
    running_on: tuple[tuple[LessonCard, ...], ...] = ()
    # In the present row alone.
    now: NowPlace | None = None
    # A break without a row of its own lies before it.
    is_after_break: bool = False

    @property
    def head(self) -> str:
        return f"{self.words} {self.times}".strip()

    @property
    def start_text(self) -> str:
        return clock_text(self.starts)

    @property
    def end_text(self) -> str:
        return clock_text(self.ends)


def clock_text(minute: int) -> str:
    return f"{minute // HOUR_MIN:02}:{minute % HOUR_MIN:02}"


def hour_rows(days: Sequence[Day], at: dt.datetime) -> tuple[WeekRow, ...]:
    """Return the rows of a week without bell times."""
    cells = _cells_by(lambda moment: moment.hour, days)
    running = [running_into(day.cards) for day in days]
    is_any_running = any(running)
    rows = [
        WeekRow(
            kind=RowKind.HOUR,
            starts=hour * HOUR_MIN,
            ends=(hour + 1) * HOUR_MIN,
            cells=cells.get(hour, NO_CELLS),
            times=f"{hour:02}:00",
            running_on=tuple(tuple(cards.get(hour, ())) for cards in running)
            if is_any_running
            else (),
        )
        for hour in hours_shown(cells)
    ]
    return _with_now(rows, days, at)


def period_rows(
    days: Sequence[Day], lists: Sequence[Bells], at: dt.datetime
) -> tuple[WeekRow, ...]:
    """Return the rows of a week with bell times; of several lists all periods, those of one start together.

    A lesson stands in the row of the period that begins with it. Any other has a row at its time, between them.
    """
    cells = _cells_by(minute_of, days)
    rows = list(_rows_of_bells(lists, cells))
    of_periods = {row.starts for row in rows}
    rows += [_row_between(minute, cells[minute]) for minute in cells if minute not in of_periods]
    rows.sort(key=lambda row: row.starts)
    return _with_now(_with_running(rows, days), days, at)


def _cells_by(time_of: Callable[[dt.datetime], int], days: Sequence[Day]) -> dict[int, Cells]:
    """Return the entries of the days by the time of day at which they begin."""
    by_time: dict[int, list[list[Entry]]] = {}
    for column, day in enumerate(days):
        for entry in day.entries:
            cells = by_time.setdefault(time_of(entry.local_start), [[] for _day in days])
            cells[column].append(entry)
    return {time: tuple(map(tuple, cells)) for time, cells in by_time.items()}


def _rows_of_bells(lists: Sequence[Bells], cells: Mapping[int, Cells]) -> Iterator[WeekRow]:
    """Yield the periods, and the long breaks between them in which nothing begins."""
    spans = united_spans(lists)
    breaks: list[Break | None] = [None, *breaks_of(spans)]
    for span, before in zip(spans, breaks, strict=True):
        starts, ends = minute_of(span.starts), minute_of(span.ends)
        break_row = None if before is None else _break_row(before, cells)
        if break_row is not None:
            yield break_row
        yield WeekRow(
            kind=RowKind.PERIOD,
            starts=starts,
            ends=ends,
            cells=cells.get(starts, NO_CELLS),
            words=_words_of(span, lists),
            times=_times_of(span, lists),
            is_after_break=break_row is None and before is not None and before.is_seen,
        )


def _words_of(span: BellSpan, lists: Sequence[Bells]) -> str:
    """Name the periods that begin then: most lists agree on which it is."""
    numbers = {bells.number_at(span.starts) for bells in lists}
    return listed(periods_in_words(number, number) for number in sorted(filter(None, numbers)))


def _times_of(span: BellSpan, lists: Sequence[Bells]) -> str:
    """Return when they begin, and when they end if it is the same for all."""
    starts, ends = clock_text(minute_of(span.starts)), clock_text(minute_of(span.ends))
    all_ends = {other.ends for bells in lists for other in bells.spans if other[0] == span.starts}
    return f"{starts}–{ends}" if len(all_ends) == 1 else starts


def _break_row(before: Break, cells: Mapping[int, Cells]) -> WeekRow | None:
    starts, ends = before
    if not before.is_long or any(starts <= minute < ends for minute in cells):
        return None
    return WeekRow(RowKind.BREAK, starts, ends, NO_CELLS, words=before.words)


def _row_between(starts: int, cells: Cells) -> WeekRow:
    """Return the row of what begins at no period's start; its end stands in the head if it is that of all lessons."""
    cards = [entry for cell in cells for entry in cell if isinstance(entry, LessonCard)]
    lengths = {_length_min(card) for card in cards}
    times = clock_text(starts)
    if len(lengths) == 1 and all(card.local_end.date() == card.date for card in cards):
        times += f"–{cards[0].end_text}"
    ends = starts + max(lengths, default=LEFT_PLACE_MIN)
    return WeekRow(RowKind.BETWEEN, starts, ends, cells, times=times)


def _length_min(card: LessonCard) -> int:
    return max(1, int((card.ends_at - card.starts_at).total_seconds()) // 60)


def _with_running(rows: Sequence[WeekRow], days: Sequence[Day]) -> list[WeekRow]:
    """Return these rows with the lessons of earlier ones that still run: in each period, else where something begins."""
    number_of = {row.starts: number for number, row in enumerate(rows)}
    running: dict[int, list[list[LessonCard]]] = {}
    for column, day in enumerate(days):
        for card in day.cards:
            if card.is_cancelled:
                continue
            starts = minute_of(card.local_start)
            for number in range(number_of[starts] + 1, len(rows)):
                row = rows[number]
                if row.starts >= starts + _length_min(card):
                    break
                if _is_own_period(row, card) or row.cells[column]:
                    columns = running.setdefault(number, [[] for _day in days])
                    columns[column].append(card)
    return [
        replace(row, running_on=tuple(map(tuple, running[number]))) if number in running else row
        for number, row in enumerate(rows)
    ]


def _is_own_period(row: WeekRow, card: LessonCard) -> bool:
    """Tell whether a row is a period of the list by which a lesson is held."""
    starts = dt.time(*divmod(row.starts, HOUR_MIN))
    return row.kind is RowKind.PERIOD and card.bells.number_at(starts) is not None


def _with_now(rows: Sequence[WeekRow], days: Sequence[Day], at: dt.datetime) -> tuple[WeekRow, ...]:
    """Return these rows, one of them with the line of the present moment, if it lies in the week and its times."""
    column = next((column for column, day in enumerate(days) if day.is_today), None)
    if column is None:
        return tuple(rows)
    minute = minute_of(timezone.localtime(at))
    number = sum(row.starts <= minute for row in rows) - 1
    if number >= 0 and minute >= rows[number].ends:
        # Between two rows: before the next one.
        number += 1
    if not 0 <= number < len(rows):
        return tuple(rows)
    row = rows[number]
    sixtieths = max(0, minute - row.starts) * 60 // (row.ends - row.starts)
    present_row = replace(row, now=NowPlace(column, sixtieths))
    return (*rows[:number], present_row, *rows[number + 1 :])
