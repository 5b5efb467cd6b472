"""Bell times as plain lists: their rules, how they are written, and which periods a lesson takes."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from schedule.lessons.moments import NotReadable, read_time
from schedule.terms.weekly_lessons.gate import WeeklyFault, hours_fault
from schedule.terms.words import periods_in_words

# So many periods a day.
MOST_BELLS = 20


class BellSpan(NamedTuple):
    """The start and the end of a period. In a list of them the n-th is that of period n."""

    starts: dt.time
    ends: dt.time


class BellFault(StrEnum):
    BEGINS_BEFORE_LAST_ENDS = "begins_before_last_ends"


def bell_faults(spans: Sequence[BellSpan]) -> Iterator[tuple[int, BellFault | WeeklyFault]]:
    """Yield what is wrong with which period: each ends after its start, and none begins before the last one ends."""
    last: BellSpan | None = None
    for number, span in enumerate(spans, start=1):
        if fault := hours_fault(span.starts, span.ends):
            yield number, fault
        if last is not None and span.starts < last.ends:
            yield number, BellFault.BEGINS_BEFORE_LAST_ENDS
        last = span


def read_bells(text: str) -> list[BellSpan]:
    """Read bell times written as 08:00-08:45,08:55-09:40; none for an empty text.

    Raises:
        NotReadable: a part is no such period.
    """
    plain = unicodedata.normalize("NFKC", text).replace("–", "-").replace("、", ",")
    return [_read_span(part.strip()) for part in plain.split(",")] if plain.strip() else []


def _read_span(text: str) -> BellSpan:
    starts, _dash, ends = text.partition("-")
    try:
        return BellSpan(read_time(starts), read_time(ends))
    except NotReadable as err:
        reason = _("“%(text)s” is no period such as 08:00-08:45.")
        raise NotReadable(reason % {"text": text}) from err


def even_bells(
    count: int, *, first: dt.time, length: dt.timedelta, between: dt.timedelta
) -> list[BellSpan]:
    """Make periods of one length, with the same break after each; fewer than `count` where the day ends before."""
    day = dt.datetime.combine(dt.date.min, first)
    spans: list[BellSpan] = []
    for number in range(count):
        starts = day + number * (length + between)
        if (starts + length).date() != day.date():
            break
        spans.append(BellSpan(starts.time(), (starts + length).time()))
    return spans


def bells_of_day(
    count: int,
    *,
    first: dt.time,
    length: dt.timedelta,
    between: dt.timedelta,
    of_morning: int,
    afternoon: dt.time,
) -> list[BellSpan]:
    """Make the same, those after the ones of the morning from the start of the afternoon on."""
    morning = even_bells(min(count, of_morning), first=first, length=length, between=between)
    rest = max(0, count - of_morning)
    return [*morning, *even_bells(rest, first=afternoon, length=length, between=between)]


class Bells:
    """The bell times of a term, for pages of hundreds of lessons."""

    def __init__(self, spans: Sequence[BellSpan] = ()) -> None:
        self._spans = tuple(spans)
        self._starting = {span.starts: number for number, span in enumerate(spans, start=1)}
        self._ending = {span.ends: number for number, span in enumerate(spans, start=1)}
        # By language: weeks of a term, with their bell times, serve readers of both.
        self._words: dict[tuple[str | None, int, int], str] = {}

    def periods_of(self, starts_at: dt.datetime, ends_at: dt.datetime) -> str:
        """Return the periods that begin and end with a lesson, in words; empty for any other lesson.

        Takes both moments in the school's time.
        """
        first = self._starting.get(starts_at.time())
        last = self._ending.get(ends_at.time())
        if first is None or last is None or starts_at.date() != ends_at.date():
            return ""
        return self._in_words(first, last)

    @property
    def spans(self) -> tuple[BellSpan, ...]:
        """Return the times of the periods: the n-th is that of period n."""
        return self._spans

    def number_at(self, starts: dt.time) -> int | None:
        """Return the number of the period that begins at this time of day; None where none does."""
        return self._starting.get(starts)

    def number_ending(self, ends: dt.time) -> int | None:
        """Return the number of the period that ends at this time of day; None where none does."""
        return self._ending.get(ends)

    def number_during(self, time: dt.time) -> int | None:
        """Return the number of the period that this time of day lies in; None between periods."""
        spans = enumerate(self._spans, start=1)
        return next((number for number, span in spans if span.starts <= time < span.ends), None)

    def _in_words(self, first: int, last: int) -> str:
        key = (get_language(), first, last)
        if key not in self._words:
            self._words[key] = periods_in_words(first, last)
        return self._words[key]


def united_spans(lists: Iterable[Bells]) -> list[BellSpan]:
    """Return the periods of several lists in the order of their starts; of one start that which lasts longest."""
    by_start: dict[dt.time, BellSpan] = {}
    for span in (span for bells in lists for span in bells.spans):
        other = by_start.get(span.starts)
        by_start[span.starts] = span if other is None or other.ends < span.ends else other
    return sorted(by_start.values())


# Those of a day outside of terms, and of a term without bell times.
NO_BELLS = Bells()
