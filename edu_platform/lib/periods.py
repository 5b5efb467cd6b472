"""Periods in whole seconds, and what two sets of them have in common. A set is in order, and no two of it touch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Period(NamedTuple):
    """From one second to another, half-open."""

    start_s: int
    end_s: int

    @property
    def length_s(self) -> int:
        return max(self.end_s - self.start_s, 0)


Periods = tuple[Period, ...]


def union(periods: Iterable[tuple[int, int]]) -> Periods:
    """Return the set of these periods; those of no length are left out."""
    joined: list[Period] = []
    for start_s, end_s in sorted(period for period in periods if period[0] < period[1]):
        if joined and start_s <= joined[-1].end_s:
            joined[-1] = Period(joined[-1].start_s, max(joined[-1].end_s, end_s))
        else:
            joined.append(Period(start_s, end_s))
    return tuple(joined)


def cut(periods: Iterable[Period], to: Iterable[Period]) -> Periods:
    """Return what of the periods lies inside the others."""
    bounds = tuple(to)
    return union(
        Period(max(period.start_s, bound.start_s), min(period.end_s, bound.end_s))
        for period in periods
        for bound in bounds
    )


def length_s(periods: Iterable[tuple[int, int]]) -> int:
    """Return the length of a set."""
    return sum(end_s - start_s for start_s, end_s in periods)
