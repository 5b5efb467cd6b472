"""The places of a lesson as a page shows them: a table with a row a period, and a column a day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext

from edu_platform.lib.moments import weekday_label
from schedule.models import Lesson, WeeklyLesson
from schedule.occupancy.overlaps import Against, Who
from schedule.occupancy.words import who_in_words
from schedule.places.lesson_places import Place, PlaceKind, WeekPlaces
from schedule.places.school_days import Start
from schedule.places.weekly_places import WeeklyPlace
from schedule.terms.weekly_lessons.week_ranges import Weeks
from schedule.terms.words import (
    periods_in_words,
    time_in_words,
    weekday_in_words,
    weeks_in_words,
)
from schedule.week_grid import DAYS_A_WEEK, dates_of_week

# So many lessons that stand against a place are named; more are counted.
NAMED_IN_A_PLACE = 2


class DayHead(NamedTuple):
    """A day in the head of its column; of a week that stands for all of a term it has no date."""

    weekday: str
    date: dt.date | None = None
    is_today: bool = False

    @property
    def label(self) -> str:
        return self.weekday if self.date is None else f"{self.weekday} {self.date:%m-%d}"


class TakenBy(NamedTuple):
    """A lesson that stands against a place, and whom of the other one it takes."""

    who: str
    lesson: str
    address: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A place in the table."""

    kind: PlaceKind
    # Its button sends this.
    value: str = ""
    # When it is, in words.
    label: str = ""
    # Said where the head of the row does not.
    times: str = ""
    taken: Sequence[TakenBy] = ()
    more: int = 0
    # The lesson with which it swaps.
    other: str = ""
    # It says what it costs to be there.
    note: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    head: str
    times: str
    # One entry a day, Monday first.
    cells: list[list[Cell]] = field(default_factory=lambda: [[] for _day in range(DAYS_A_WEEK)])


def days_of(monday: dt.date, today: dt.date) -> list[DayHead]:
    return [DayHead(weekday_label(day), day, day == today) for day in dates_of_week(monday)]


def rows_of(week: WeekPlaces) -> list[GridRow]:
    """Return the places by period, and last those of other times; two queries and more for hundreds."""
    names = who_in_words({conflict.who for place in week.places for conflict in place.against})
    rows = Rows()
    for place in week.places:
        times = time_in_words(*map(_local_time, (place.starts_at, place.ends_at)))
        rows.put(place.day.weekday(), place.start, times, partial(_cell, place, week, names))
    return rows.in_order()


class Rows:
    """Puts places into the rows of a table: by the number of their period, or by their time."""

    def __init__(self) -> None:
        self._by_number: dict[int, GridRow] = {}
        self._by_time: dict[dt.time, GridRow] = {}

    def put(self, weekday: int, start: Start, times: str, cell_with: Callable[[str], Cell]) -> None:
        """Put a cell where it belongs; it says its times where its row has others."""
        if start.number is None:
            head = f"{start.starts:%H:%M}"
            row = self._by_time.setdefault(start.starts, GridRow(head, ""))
            row.cells[weekday].append(cell_with(""))
            return
        words = periods_in_words(start.number, start.number)
        period = times if start.ends is None else time_in_words(start.starts, start.ends)
        row = self._by_number.setdefault(start.number, GridRow(words, period))
        row.cells[weekday].append(cell_with("" if row.times == period else times))

    def in_order(self) -> list[GridRow]:
        by_number, by_time = sorted(self._by_number.items()), sorted(self._by_time.items())
        return [row for _key, row in (*by_number, *by_time)]


def _local_time(moment: dt.datetime) -> dt.time:
    return timezone.localtime(moment).time()


def _cell(place: Place, week: WeekPlaces, names: Mapping[Who, str], times: str) -> Cell:
    start = timezone.localtime(place.starts_at)
    value = f"{start:%Y-%m-%d} {start:%H:%M}"
    day = DayHead(weekday_label(start.date()), start.date())
    label = f"{day.label} {start:%H:%M}"
    return _cell_of(place, value, label, times, taken_by(place.against, names, week.lessons))


def _cell_of(
    place: Place | WeeklyPlace, value: str, label: str, times: str, lessons: Sequence[TakenBy]
) -> Cell:
    """Return the cell of a place against which these lessons stand; `value` says weekday or day, and start."""
    other = place.other
    return Cell(
        kind=place.kind,
        value=value if other is None else f"{value} {other.code}",
        label=label,
        times=times,
        taken=lessons[:NAMED_IN_A_PLACE],
        more=len(lessons[NAMED_IN_A_PLACE:]),
        other="" if other is None else other.course.name,
    )


def weekly_days() -> list[DayHead]:
    return [DayHead(weekday_in_words(weekday)) for weekday in range(1, DAYS_A_WEEK + 1)]


def weekly_rows_of(places: Sequence[WeeklyPlace], term_code: str) -> list[GridRow]:
    """Return the places of a weekly lesson in the same way."""
    names = who_in_words({overlap.who for place in places for overlap in place.against})
    rows = Rows()
    for place in places:
        plan = place.plan
        rows.put(
            plan.weekday - 1,
            place.start,
            time_in_words(*place.hours),
            partial(_weekly_cell, place, names, term_code),
        )
    return rows.in_order()


def _weekly_cell(place: WeeklyPlace, names: Mapping[Who, str], term_code: str, times: str) -> Cell:
    plan = place.plan
    whom: dict[WeeklyLesson, list[str]] = defaultdict(list)
    for overlap in place.against:
        if names[overlap.who] not in whom[overlap.weekly_lesson]:
            whom[overlap.weekly_lesson].append(names[overlap.who])
    lessons = [
        TakenBy(
            "、".join(holders),
            f"{other.course.name} {weeks_in_words(Weeks(other.weeks))}",
            reverse("schedule:weekly_lesson_change", args=[term_code, other.code]),
        )
        for other, holders in whom.items()
    ]
    value = f"{plan.weekday} {plan.starts:%H:%M}"
    label = f"{weekday_in_words(plan.weekday)} {place.hours.starts:%H:%M}"
    cell = _cell_of(place, value, label, times, lessons)
    return replace(cell, note=_lost_in_words(place.lost_weeks))


def _lost_in_words(weeks: int) -> str:
    if not weeks:
        return ""
    words = ngettext("%(count)s week lost to holidays", "%(count)s weeks lost to holidays", weeks)
    return words % {"count": weeks}


def taken_by(
    against: Iterable[Against], names: Mapping[Who, str], lessons: Mapping[int, Lesson]
) -> list[TakenBy]:
    """Return the lessons that stand against a place, each with all whom it takes."""
    whom: dict[int, list[str]] = defaultdict(list)
    for conflict in against:
        key = conflict.taken.lesson_pk or 0
        if key in lessons and names[conflict.who] not in whom[key]:
            whom[key].append(names[conflict.who])
    return [
        TakenBy(
            "、".join(holders),
            lessons[key].course.name,
            reverse("schedule:lesson", args=[lessons[key].code]),
        )
        for key, holders in whom.items()
    ]
