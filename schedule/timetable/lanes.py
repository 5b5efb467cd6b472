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
    """Groups that stand below each other, of lanes that stand side by side, of entries.

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
    return [each if len(each) <= MOST_BESIDE else [_below(each)] for each in groups]


def _put(entry: TimedEntry, lanes: list[list[TimedEntry]]) -> None:
    """Into the first lane that is free by then, else into a new one."""
    for lane in lanes:
        if lane[-1].ends_at <= entry.starts_at:
            lane.append(entry)
            return
    lanes.append([entry])


def _below(lanes: list[list[TimedEntry]]) -> list[TimedEntry]:
    return sorted((entry for lane in lanes for entry in lane), key=lambda each: each.starts_at)


def running_into(cards: Iterable[LessonCard]) -> dict[int, list[LessonCard]]:
    """By hour, the lessons begun in earlier hours that still run when one begins in it.

    The cards are those of a day, in the order of their starts.
    """
    found: dict[int, list[LessonCard]] = {}
    running: list[LessonCard] = []
    for card in cards:
        if card.is_cancelled:
            continue
        hour, running = (
            card.local_start.hour,
            [each for each in running if each.ends_at > card.starts_at],
        )
        for each in running:
            if each.local_start.hour != hour and each not in found.setdefault(hour, []):
                found[hour].append(each)
        running.append(card)
    return found
