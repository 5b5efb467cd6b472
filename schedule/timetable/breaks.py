"""The breaks between the periods of a day: how long one is that is seen, and which of them is the one for lunch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _

from schedule.terms.bells.bell_times import BellSpan

HOUR_MIN = 60
# A break of so many minutes has a name, and one of so many a thicker line.
LONG_BREAK_MIN = 60
BREAK_MIN = 15
# A long break that holds any of these minutes of the day is the one for lunch.
NOON = range(12 * HOUR_MIN, 13 * HOUR_MIN)


class Break(NamedTuple):
    """The time between two periods, in minutes of the day."""

    starts: int
    ends: int

    @property
    def is_seen(self) -> bool:
        return self.ends - self.starts >= BREAK_MIN

    @property
    def is_long(self) -> bool:
        return self.ends - self.starts >= LONG_BREAK_MIN

    @property
    def words(self) -> str:
        """Return the name of a long break."""
        is_noon = self.starts < NOON.stop and NOON.start < self.ends
        return _("Lunch break") if is_noon else _("Break")


def minute_of(time: dt.time | dt.datetime) -> int:
    """Return which minute of the day it is."""
    return time.hour * HOUR_MIN + time.minute


def breaks_of(spans: Sequence[BellSpan]) -> Iterator[Break]:
    """Yield what lies between these periods, one less than they are; no time where one begins in another."""
    latest = dt.time.min
    for before, after in pairwise(spans):
        latest = max(latest, before.ends)
        yield Break(minute_of(latest), minute_of(after.starts))
