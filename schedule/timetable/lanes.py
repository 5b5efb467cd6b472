"""Lessons of one day that share a moment: what stands beside what, and what still runs when another begins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from schedule.timetable.cards import LessonCard

# More of them could not be read beside each other in the column of a day: they stand below each other.
MOST_BESIDE = 2


class Timed(Protocol):
    @property
    def starts_at(self) -> dt.datetime: ...
    @property
    def ends_at(self) -> dt.datetime: ...


TimedEntry = TypeVar("TimedEntry", bound=Timed)


def groups_of(entries: Sequence[TimedEntry]) -> list[list[list[TimedEntry]]]:
    """Return groups that stand below each other, of lanes that stand side by side, of entries.

    The entries come in the order of their starts. What takes no time stands beside nothing.
    """
    groups: list[list[list[TimedEntry]]] = []
    lanes: list[list[TimedEntry]] = []
    until: dt.datetime | None = None
    for entry in entries:
        if entry.starts_at == entry.ends_at:
            groups.append([[entry]])
        elif until is None or entry.starts_at >= until:
            lanes, until = [[entry]], entry.ends_at
            groups.append(lanes)
        else:
            _put(entry, lanes)
            until = max(until, entry.ends_at)
    return [group if len(group) <= MOST_BESIDE else [_below(group)] for group in groups]


def _put(entry: TimedEntry, lanes: list[list[TimedEntry]]) -> None:
    """Put an entry into the first lane that is free by then, else into a new one."""
    for lane in lanes:
        if lane[-1].ends_at <= entry.starts_at:
            lane.append(entry)
            return
    lanes.append([entry])


def _below(lanes: list[list[TimedEntry]]) -> list[TimedEntry]:
    return sorted((entry for lane in lanes for entry in lane), key=lambda entry: entry.starts_at)


def running_into(cards: Iterable[LessonCard]) -> dict[int, list[LessonCard]]:
    """Return by hour the lessons begun in earlier hours that still run when one begins in it.

    The cards are those of a day, in the order of their starts.
    """
    cards_by_hour: dict[int, list[LessonCard]] = {}
    running: list[LessonCard] = []
    for card in cards:
        if card.is_cancelled:
            continue
        hour, running = (
            card.local_start.hour,
            [earlier_card for earlier_card in running if earlier_card.ends_at > card.starts_at],
        )
        for earlier_card in running:
            if (
                earlier_card.local_start.hour != hour
                and earlier_card not in cards_by_hour.setdefault(hour, [])
            ):
                cards_by_hour[hour].append(earlier_card)
        running.append(card)
    return cards_by_hour
