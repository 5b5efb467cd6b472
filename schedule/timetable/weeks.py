"""A week of the timetable, read in a fixed number of queries, and the places in it where nothing is planned."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from schedule.enums import CloudStatus, LessonState
from schedule.models import LONGEST_LESSON, Lesson, Room
from schedule.terms.bell_times import Bells
from schedule.terms.reading import TermWeek
from schedule.timetable.cards import CardMaker, LessonCard, cards_of
from schedule.timetable.lanes import running_into
from schedule.timetable.timetable_rows import LessonRow, rows_of
from schedule.timetable.timetables import Timetable, Viewer
from schedule.week_grid import (
    DAYS_A_WEEK,
    hours_shown,
    lunar_label,
    monday_of,
    period_of_week,
    weekday_label,
)


@dataclass(frozen=True, slots=True)
class OldPlace:
    """The place of a lesson before it was moved within its week, for those who look for it there."""

    card: LessonCard

    @property
    def local_start(self) -> dt.datetime:
        return self.card.old_start or self.card.local_start

    @property
    def starts_at(self) -> dt.datetime:
        return self.local_start

    @property
    def ends_at(self) -> dt.datetime:
        """It takes no time: nothing runs there any more."""
        return self.local_start

    @property
    def start_text(self) -> str:
        return f"{self.local_start:%H:%M}"

    @property
    def news(self) -> str:
        """Return what became of it, in words: a line through the old time alone is seen, and not heard."""
        if self.card.is_cancelled:
            return _("Cancelled")
        when = f"{self.card.weekday} {self.card.start_text}"
        return _("Moved to %(when)s") % {"when": when}


Entry = LessonCard | OldPlace


@dataclass(frozen=True, slots=True)
class Day:
    date: dt.date
    lunar: str
    is_today: bool
    cards: tuple[LessonCard, ...]
    # No lessons, and not counted as such.
    old_places: tuple[OldPlace, ...] = ()
    # Until when its entries have begun; of today alone.
    now: dt.datetime | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that is shown of the day, in the order of its times."""
        if not self.old_places:
            return self.cards
        return tuple(sorted((*self.old_places, *self.cards), key=lambda entry: entry.local_start))

    @property
    def begun(self) -> int | None:
        """Return how many of its entries have begun; None of other days than today."""
        now = self.now
        return None if now is None else sum(entry.starts_at <= now for entry in self.entries)

    @property
    def weekday(self) -> str:
        return weekday_label(self.date)


class NowPlace(NamedTuple):
    """The place of the present moment in its hour."""

    column: int
    minute: int


@dataclass(frozen=True, slots=True)
class HourRow:
    hour: int
    # One entry a day, Monday first.
    cells: tuple[tuple[Entry, ...], ...]
    # The periods that begin in it, in words.
    periods: str = ""
    # Each day has the lessons of earlier hours that still run when one begins in it; empty when there are none.
    running_on: tuple[tuple[LessonCard, ...], ...] = ()
    # In the present hour alone.
    now: NowPlace | None = None

    @property
    def label(self) -> str:
        return f"{self.hour:02}:00"


@dataclass(frozen=True, slots=True)
class Week:
    days: tuple[Day, ...]
    rows: tuple[HourRow, ...]
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
        """All cards of the page, with that of the next lesson, which may lie in another week."""
        cards = [card for day in self.days for card in day.cards]
        return cards if upcoming is None else [*cards, upcoming]

    @property
    def earlier_days(self) -> list[Day]:
        """The days before today with lessons, which a list folds away; none of another week."""
        return [day for day in self.days[: self._today] if day.cards]

    @property
    def earlier_count(self) -> int:
        return sum(len(day.cards) for day in self.earlier_days)

    @property
    def days_ahead(self) -> list[Day]:
        """Today and the days with lessons, or old places, after it; all those of another week."""
        return [day for day in self.days[self._today :] if day.entries or day.is_today]

    @property
    def _today(self) -> int:
        return next((number for number, day in enumerate(self.days) if day.is_today), 0)

    @property
    def is_empty(self) -> bool:
        return not any(day.cards for day in self.days)


def week_of(
    day: dt.date,
    followed: Iterable[LessonRow],
    viewer: Viewer,
    at: dt.datetime,
    *,
    of_term: TermWeek | None = None,
) -> Week:
    """The week that holds a day, as columns of days and as rows of hours.

    Of the lessons that `live.week_facts` follows, in the order of pages. With the periods of its term.
    """
    bells = None if of_term is None else of_term.bells
    monday = monday_of(day)
    starts, ends = period_of_week(monday)
    is_now = starts <= at < ends
    # What runs now may have begun the week before.
    rows = [
        row
        for row in followed
        if row.starts_at < ends and (row.starts_at >= starts or (is_now and row.ends_at > at))
    ]
    cards = cards_of(rows, viewer, at, bells)
    coming = (card for row, card in zip(rows, cards, strict=True) if _is_coming(row, at))
    days = _days(monday, [card for card in cards if card.starts_at >= starts], at)
    next_lesson = next(coming, None) if is_now else None
    hours = _hour_rows(days, bells, at)
    return Week(days=days, rows=hours, next_lesson=next_lesson, of_term=of_term)


def week_of_cards(
    monday: dt.date, cards: Iterable[LessonCard], at: dt.datetime, *, of_term: TermWeek | None
) -> Week:
    """A week of cards that are made already, all of lessons that begin in it; without the next lesson."""
    bells = None if of_term is None else of_term.bells
    days = _days(monday, cards, at)
    return Week(days=days, rows=_hour_rows(days, bells, at), next_lesson=None, of_term=of_term)


def _days(monday: dt.date, cards: Iterable[LessonCard], at: dt.datetime) -> tuple[Day, ...]:
    today = timezone.localdate(at)
    by_day: dict[dt.date, list[LessonCard]] = defaultdict(list)
    left: dict[dt.date, list[OldPlace]] = defaultdict(list)
    for card in cards:
        by_day[card.local_date].append(card)
        if card.old_start is not None:
            left[card.old_start.date()].append(OldPlace(card))
    dates = [monday + dt.timedelta(days=offset) for offset in range(DAYS_A_WEEK)]
    return tuple(
        Day(
            date=date,
            lunar=lunar_label(date),
            is_today=date == today,
            cards=tuple(by_day.get(date, ())),
            old_places=tuple(left.get(date, ())),
            now=at if date == today else None,
        )
        for date in dates
    )


def _hour_rows(days: tuple[Day, ...], bells: Bells | None, at: dt.datetime) -> tuple[HourRow, ...]:
    by_hour: dict[int, tuple[list[Entry], ...]] = {}
    for column, day in enumerate(days):
        for entry in day.entries:
            cells = by_hour.setdefault(entry.local_start.hour, tuple([] for _day in days))
            cells[column].append(entry)
    empty: tuple[list[Entry], ...] = tuple([] for _day in days)
    running = [running_into(day.cards) for day in days]
    present_hour, now = _present(days, at)
    return tuple(
        HourRow(
            hour=hour,
            cells=tuple(map(tuple, by_hour.get(hour, empty))),
            periods=bells.periods_from(hour) if bells else "",
            running_on=tuple(tuple(cards_by_hour.get(hour, ())) for cards_by_hour in running)
            if any(running)
            else (),
            now=now if hour == present_hour else None,
        )
        for hour in hours_shown(by_hour)
    )


def _present(days: tuple[Day, ...], at: dt.datetime) -> tuple[int, NowPlace | None]:
    """The present hour, and where it is in the week, if it is in it."""
    local = timezone.localtime(at)
    columns = (column for column, day in enumerate(days) if day.is_today)
    return local.hour, next((NowPlace(column, local.minute) for column in columns), None)


def next_lesson(
    timetable: Timetable, viewer: Viewer, at: dt.datetime, *, besides: Lesson | None = None
) -> LessonCard | None:
    """The lesson that runs now, else the next one; whatever week is looked at.

    `besides` is one that does not count.
    """
    # An index has the start of lessons, not their end.
    period = Q(starts_at__gte=at - LONGEST_LESSON, ends_at__gt=at, state=LessonState.PUBLISHED)
    ended = Room.objects.current().filter(lesson=OuterRef("pk"), cloud_status=CloudStatus.ENDED)
    coming = timetable.lessons(period).filter(~Exists(ended))
    if besides is not None:
        coming = coming.exclude(pk=besides.pk)
    rows = rows_of(coming.in_page_order()[:1])
    return CardMaker(viewer.school, at).card(rows[0], viewer.relation_to(rows[0])) if rows else None


def _is_coming(lesson: LessonRow, at: dt.datetime) -> bool:
    has_ended = lesson.room is not None and lesson.room.cloud_status == CloudStatus.ENDED
    return lesson.is_published and lesson.ends_at > at and not has_ended


# Where a planner begins a lesson: before and after its hour, of each day.
EMPTY_PLACE = (
    """<td><a class="empty-place" href="{}&amp;date={}&amp;start=""",
    """:00" aria-label="{} {} """,
)
HOURS = 24


class EmptyPlaces:
    """The places of hours without lessons, in the week of a chosen teacher or class group: links to a new one."""

    def __init__(self, address: str, days: Sequence[Day], now: dt.datetime) -> None:
        before, after = EMPTY_PLACE
        label = escape(_("New lesson"))
        escaped_address = escape(address)
        local = timezone.localtime(now)
        today, hour = local.date(), local.hour
        # Each day has what stands around the hour, and the first hour that lies ahead.
        self.columns = [
            (
                before.format(escaped_address, day.date),
                after.format(label, escape(day.weekday)),
                HOURS if day.date < today else hour + 1 if day.date == today else 0,
            )
            for day in days
        ]
