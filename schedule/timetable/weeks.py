"""A week of the timetable: its days and rows, the lesson that comes next, and how its table is laid out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from edu_platform.lib.statements import Statement
from schedule.enums import CloudStatus, LessonState
from schedule.models import LONGEST_LESSON, Lesson, Room
from schedule.terms.reading import TermWeek, lists_of
from schedule.timetable.cards import CardMaker, LessonCard, cards_of
from schedule.timetable.timetable_rows import LessonRow, columns_of, row_in
from schedule.timetable.timetables import PartsOf, Timetable, Viewer, lessons_in
from schedule.timetable.week_days import Day, bells_of_cards, days_of
from schedule.timetable.week_rows import RowKind, WeekRow, hour_rows, period_rows
from schedule.week_grid import monday_of, period_of_week

# The weekend's, in the order of the week's days.
SATURDAY, SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class Week:
    days: tuple[Day, ...]
    rows: tuple[WeekRow, ...]
    # The lesson that runs now, else the next one; None when none is left of this week, or it is another.
    next_lesson: LessonCard | None
    # None outside terms.
    of_term: TermWeek | None = None

    @property
    def monday(self) -> dt.date:
        return self.days[0].date

    @property
    def sunday(self) -> dt.date:
        return self.days[-1].date

    def with_next(self, upcoming: LessonCard | None) -> list[LessonCard]:
        """Return all cards of the page, with that of the next lesson, which may lie in another week."""
        cards = [card for day in self.days for card in day.cards]
        return cards if upcoming is None else [*cards, upcoming]

    @property
    def earlier_days(self) -> list[Day]:
        """Return the days before today with lessons, which a list folds away; none of another week."""
        return [day for day in self.days[: self._today] if day.cards]

    @property
    def earlier_count(self) -> int:
        return sum(len(day.cards) for day in self.earlier_days)

    @property
    def days_ahead(self) -> list[Day]:
        """Return today and the days with lessons, or old places, after it; all those of another week."""
        return [day for day in self.days[self._today :] if day.entries or day.is_today]

    @property
    def _today(self) -> int:
        return next((number for number, day in enumerate(self.days) if day.is_today), 0)

    @property
    def is_empty(self) -> bool:
        return not any(day.cards for day in self.days)

    @property
    def is_by_periods(self) -> bool:
        return bool(self.rows) and self.rows[0].kind is not RowKind.HOUR

    @property
    def css_class(self) -> str:
        """Return how the table is laid out: with periods as rows, days of the weekend that hold nothing are narrow."""
        if not self.is_by_periods:
            return "week"
        weekend = {"without-saturday": SATURDAY, "without-sunday": SUNDAY}
        narrow = [name for name, day in weekend.items() if not self.days[day].entries]
        return " ".join(["week", "by-periods", *narrow])


def week_of(
    day: dt.date,
    followed: Iterable[LessonRow],
    viewer: Viewer,
    at: dt.datetime,
    *,
    of_term: TermWeek | None = None,
) -> Week:
    """Return the week that holds a day, as columns of days and as rows of its times.

    Of the lessons that `page_facts.week_facts` follows, in the order of pages. With the periods of its term.
    """
    monday = monday_of(day)
    starts, ends = period_of_week(monday)
    is_now = starts <= at < ends
    # What runs now may have begun the week before.
    rows = [
        row
        for row in followed
        if row.starts_at < ends and (row.starts_at >= starts or (is_now and row.ends_at > at))
    ]
    cards = cards_of(rows, viewer, at, lists_of(of_term))
    coming = (card for row, card in zip(rows, cards, strict=True) if _is_coming(row, at))
    of_week = [card for card in cards if card.starts_at >= starts]
    days = days_of(monday, of_week, at, lists_of(of_term).default)
    next_lesson = next(coming, None) if is_now else None
    rows_of_week = _rows_of(days, of_term, at)
    return Week(days=days, rows=rows_of_week, next_lesson=next_lesson, of_term=of_term)


def week_of_cards(
    monday: dt.date, cards: Iterable[LessonCard], at: dt.datetime, *, of_term: TermWeek | None
) -> Week:
    """Return a week of cards that are made already, all of lessons that begin in it; without the next lesson."""
    days = days_of(monday, cards, at, lists_of(of_term).default)
    return Week(days=days, rows=_rows_of(days, of_term, at), next_lesson=None, of_term=of_term)


def _rows_of(days: Sequence[Day], of_term: TermWeek | None, at: dt.datetime) -> tuple[WeekRow, ...]:
    """Return the rows of these days: periods where their term has bell times, else hours.

    They are those of the lists by which its lessons are held, together; without lessons those of the default.
    """
    bells = bells_of_cards((card for day in days for card in day.cards), lists_of(of_term).default)
    has_periods = any(each.spans for each in bells)
    return period_rows(days, bells, at) if has_periods else hour_rows(days, at)


def next_lesson(
    timetable: Timetable, viewer: Viewer, at: dt.datetime, *, besides: Lesson | None = None
) -> LessonCard | None:
    """Return the lesson that runs now, else the next one; whatever week is looked at.

    `besides` is one that does not count.
    """
    coming = _coming(timetable.parts_of).rows(since=at - LONGEST_LESSON, at=at, **timetable.values)
    rows = (row_in(columns) for columns in coming)
    row = next((row for row in rows if besides is None or row.pk != besides.pk), None)
    return None if row is None else CardMaker(viewer.school, at).card(row, viewer.relation_to(row))


@cache
def _coming(parts_of: PartsOf) -> Statement[tuple[Any, ...]]:
    """Return the statement that finds the first two lessons which run at a moment, or begin after it."""

    def build(
        since: dt.datetime, at: dt.datetime, **values: Any
    ) -> QuerySet[Lesson, tuple[Any, ...]]:
        # An index has the start of lessons, not their end.
        period = Q(starts_at__gte=since, ends_at__gt=at, state=LessonState.PUBLISHED)
        ended = Room.objects.current().filter(lesson=OuterRef("pk"), cloud_status=CloudStatus.ENDED)
        lessons = lessons_in(parts_of(**values), period).filter(~Exists(ended))
        return columns_of(lessons.in_page_order())[:2]

    return Statement(build)


def _is_coming(lesson: LessonRow, at: dt.datetime) -> bool:
    has_ended = lesson.room is not None and lesson.room.cloud_status == CloudStatus.ENDED
    return lesson.is_published and lesson.ends_at > at and not has_ended
