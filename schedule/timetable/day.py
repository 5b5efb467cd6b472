"""The school's day, and the drafts to come, read in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Window
from django.urls import reverse
from django.utils import timezone

from edu_platform.lib.statements import Statement
from schedule.enums import LessonState
from schedule.history.words import period_text
from schedule.models import Lesson, topic_of
from schedule.timetable.cards import LessonCard, cards_of
from schedule.timetable.timetable_rows import LessonRow, completed
from schedule.timetable.timetables import Timetable, Viewer
from schedule.week_grid import lunar_label, start_of_day, weekday_label

DAY = dt.timedelta(days=1)
DRAFTS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Hour:
    """The lessons that begin in an hour of the day."""

    hour: int
    cards: tuple[LessonCard, ...]

    @property
    def label(self) -> str:
        return f"{self.hour:02}:00"

    @property
    def anchor(self) -> str:
        return f"hour-{self.hour:02}"


@dataclass(frozen=True, slots=True)
class SchoolDay:
    date: dt.date
    is_today: bool
    # Those that run now, or should: they may have begun the day before.
    running: tuple[LessonCard, ...]
    # The others.
    hours: tuple[Hour, ...]
    # The first of the others that has not begun, while the day is today's; a line stands above it.
    first_to_come: LessonCard | None = None

    @property
    def weekday(self) -> str:
        return weekday_label(self.date)

    @property
    def lunar(self) -> str:
        return lunar_label(self.date)

    @property
    def cards(self) -> list[LessonCard]:
        return [*self.running, *(card for hour in self.hours for card in hour.cards)]

    @property
    def count(self) -> int:
        return len(self.cards)

    @property
    def can_be_entered(self) -> bool:
        """Return whether the viewer can enter a class of this day now."""
        return any(card.can_enter for card in self.cards)


def day_of(
    day: dt.date, lessons: Iterable[LessonRow], viewer: Viewer, at: dt.datetime
) -> SchoolDay:
    """The day, of the lessons that `live.day_facts` follows, in the order of pages."""
    cards = cards_of(completed(list(lessons)), viewer, at)
    running, others = [], []
    for card in cards:
        if card.is_running or card.is_awaited:
            running.append(card)
        # What began the day before, and is over, belongs to that day.
        elif card.local_date == day:
            others.append(card)
    is_today = day == timezone.localdate(at)
    to_come = (card for card in others if card.starts_at > at)
    return SchoolDay(
        date=day,
        is_today=is_today,
        running=tuple(running),
        hours=_hours(others),
        first_to_come=next(to_come, None) if is_today else None,
    )


def _hours(cards: Sequence[LessonCard]) -> tuple[Hour, ...]:
    by_hour: dict[int, list[LessonCard]] = defaultdict(list)
    for card in cards:
        by_hour[card.local_start.hour].append(card)
    return tuple(Hour(hour, tuple(hour_cards)) for hour, hour_cards in by_hour.items())


def next_day_with_lessons(day: dt.date, timetable: Timetable) -> dt.date | None:
    """The first day after this one on which a lesson begins."""
    later = timetable.lessons(Q(starts_at__gte=start_of_day(day + DAY))).order_by("starts_at")
    starts_at = later.values_list("starts_at", flat=True).first()
    return None if starts_at is None else timezone.localdate(starts_at)


@dataclass(frozen=True, slots=True)
class Draft:
    address: str
    period: str
    course: str
    # What the title says beyond the course; mostly nothing.
    topic: str
    teacher: str


@dataclass(frozen=True, slots=True)
class Drafts:
    count: int
    # The first of them.
    rows: tuple[Draft, ...]

    @property
    def has_more(self) -> bool:
        return self.count > len(self.rows)


def drafts_to_come(at: dt.datetime) -> Drafts:
    """Return what is planned and not published yet, of the whole school; one query."""
    rows = _DRAFTS.rows(at=at)
    count = rows[0][-1] if rows else 0
    return Drafts(count, tuple(_draft(*row[:-1]) for row in rows))


def _draft(
    code: str, course: str, title: str, teacher: str, starts_at: dt.datetime, ends_at: dt.datetime
) -> Draft:
    return Draft(
        address=reverse("schedule:lesson", args=[code]),
        period=period_text(starts_at, ends_at),
        course=course,
        topic=topic_of(title, course),
        teacher=teacher,
    )


def _drafts_query(at: dt.datetime) -> QuerySet[Lesson, tuple[Any, ...]]:
    drafts = Lesson.objects.filter(state=LessonState.DRAFT, starts_at__gt=at).in_page_order()
    return drafts.annotate(count=Window(Count("pk"))).values_list(
        *("code", "course__name", "title", "teacher__display_name", "starts_at", "ends_at", "count")
    )[:DRAFTS_SHOWN]


_DRAFTS = Statement(_drafts_query)
