"""A week of the timetable, read in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.utils import timezone

from schedule.enums import CloudStatus, LessonState
from schedule.models import LessonQuerySet, Room
from schedule.selectors.cards import CardMaker, LessonCard, cards_of
from schedule.selectors.rows import rows_of
from schedule.selectors.timetables import Viewer
from schedule.week_grid import (
    DAYS_OF_WEEK,
    hours_shown,
    lunar_label,
    monday_of,
    start_of_day,
    weekday_label,
)


@dataclass(frozen=True, slots=True)
class Day:
    date: dt.date
    lunar: str
    is_today: bool
    cards: tuple[LessonCard, ...]

    @property
    def weekday(self) -> str:
        return weekday_label(self.date)


@dataclass(frozen=True, slots=True)
class HourRow:
    hour: int
    # One entry a day, Monday first.
    cells: tuple[tuple[LessonCard, ...], ...]

    @property
    def label(self) -> str:
        return f"{self.hour:02}:00"


@dataclass(frozen=True, slots=True)
class Week:
    days: tuple[Day, ...]
    rows: tuple[HourRow, ...]

    @property
    def monday(self) -> dt.date:
        return self.days[0].date

    @property
    def sunday(self) -> dt.date:
        return self.days[-1].date

    @property
    def is_empty(self) -> bool:
        return not any(day.cards for day in self.days)


def week_of(day: dt.date, lessons: LessonQuerySet, viewer: Viewer, at: dt.datetime) -> Week:
    """The week that holds a day, as columns of days and as rows of hours."""
    monday = monday_of(day)
    inside = lessons.within(
        starts_at=start_of_day(monday),
        ends_at=start_of_day(monday + dt.timedelta(days=DAYS_OF_WEEK)),
    )
    cards = cards_of(rows_of(inside.in_page_order()), viewer, at)
    today = timezone.localdate(at)
    by_day: dict[dt.date, list[LessonCard]] = defaultdict(list)
    for card in cards:
        by_day[card.local_date].append(card)
    dates = [monday + dt.timedelta(days=offset) for offset in range(DAYS_OF_WEEK)]
    days = tuple(
        Day(
            date=date,
            lunar=lunar_label(date),
            is_today=date == today,
            cards=tuple(by_day.get(date, ())),
        )
        for date in dates
    )
    return Week(days=days, rows=_hour_rows(days))


def _hour_rows(days: tuple[Day, ...]) -> tuple[HourRow, ...]:
    by_hour: dict[int, tuple[list[LessonCard], ...]] = {}
    for column, day in enumerate(days):
        for card in day.cards:
            cells = by_hour.setdefault(card.local_start.hour, tuple([] for _ in days))
            cells[column].append(card)
    empty: tuple[list[LessonCard], ...] = tuple([] for _ in days)
    return tuple(
        HourRow(hour=hour, cells=tuple(map(tuple, by_hour.get(hour, empty))))
        for hour in hours_shown(by_hour)
    )


def next_lesson(lessons: LessonQuerySet, viewer: Viewer, at: dt.datetime) -> LessonCard | None:
    """The lesson that runs now, else the next one; whatever week is looked at."""
    ended = Room.objects.current().filter(cloud_status=CloudStatus.ENDED).values("lesson")
    coming = lessons.filter(state=LessonState.PUBLISHED, ends_at__gt=at).exclude(pk__in=ended)
    rows = rows_of(coming.in_page_order()[:1])
    return CardMaker(viewer.school, at).card(rows[0], viewer.relation_to(rows[0])) if rows else None
