"""Periods as the seconds that they have, one by one."""

from __future__ import annotations

from collections.abc import Iterable


def all_seconds(periods: Iterable[tuple[int, int]]) -> set[int]:
    return {second for start_s, end_s in periods for second in range(start_s, end_s)}
