"""The days of a week, with what stands in each: lessons, and the places that lessons have left."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from schedule.terms.bells.bell_times import NO_BELLS, Bells, united_spans
from schedule.timetable.breaks import Break, breaks_of, minute_of
from schedule.timetable.cards import LessonCard
from schedule.week_grid import DayLabels, dates_of_week


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
        """Return the same moment: nothing runs there any more."""
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
class Day(DayLabels):
    date: dt.date
    is_today: bool
    cards: tuple[LessonCard, ...]
    # No lessons, and not counted as such.
    old_places: tuple[OldPlace, ...] = ()
    # Until when its entries have begun; of today alone.
    now: dt.datetime | None = None
    # Those between the periods of its term that are long enough to be seen.
    breaks: tuple[Break, ...] = ()

    @property
    def anchor(self) -> str:
        """Return where the buttons of a phone's week lead."""
        return f"day-{self.date}"

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Return all that is shown of the day, in the order of its times."""
        if not self.old_places:
            return self.cards
        return tuple(sorted((*self.old_places, *self.cards), key=lambda entry: entry.local_start))

    @property
    def begun(self) -> int | None:
        """Return how many of its entries have begun; None of other days than today."""
        now = self.now
        return None if now is None else sum(entry.starts_at <= now for entry in self.entries)


def break_between(before: Entry, after: Entry, breaks: Iterable[Break]) -> Break | None:
    """Return the longest break that lies between two entries of a day, and in which the first one is over."""
    begins, ends = minute_of(before.local_start), minute_of(timezone.localtime(before.ends_at))
    until = minute_of(after.local_start)
    between = (each for each in breaks if begins < each.starts and ends < each.ends <= until)
    return max(between, key=lambda each: each.ends - each.starts, default=None)


def bells_of_cards(cards: Iterable[LessonCard], default: Bells) -> tuple[Bells, ...]:
    """Return the bells by which these lessons are held, each once; the default where there are none."""
    return tuple(dict.fromkeys(card.bells for card in cards)) or (default,)


def days_of(
    monday: dt.date,
    cards: Iterable[LessonCard],
    at: dt.datetime,
    default: Bells = NO_BELLS,
) -> tuple[Day, ...]:
    """Return the seven days from that Monday on, with these lessons, and the breaks between the periods.

    `default`: the bells of days without lessons.
    """
    breaks_by: dict[tuple[Bells, ...], tuple[Break, ...]] = {}

    def breaks_on(date: dt.date) -> tuple[Break, ...]:
        bells = bells_of_cards(by_day.get(date, ()), default)
        if bells not in breaks_by:
            breaks = breaks_of(united_spans(bells))
            breaks_by[bells] = tuple(each for each in breaks if each.is_seen)
        return breaks_by[bells]

    today = timezone.localdate(at)
    by_day: dict[dt.date, list[LessonCard]] = defaultdict(list)
    left: dict[dt.date, list[OldPlace]] = defaultdict(list)
    for card in cards:
        by_day[card.date].append(card)
        if card.old_start is not None:
            left[card.old_start.date()].append(OldPlace(card))
    return tuple(
        Day(
            date=date,
            is_today=date == today,
            cards=tuple(by_day.get(date, ())),
            old_places=tuple(left.get(date, ())),
            now=at if date == today else None,
            breaks=breaks_on(date),
        )
        for date in dates_of_week(monday)
    )
