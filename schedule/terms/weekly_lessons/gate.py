"""The gate for the hours of a weekly lesson: whether they are sound, whichever way it comes.

Its page, files, FET, the copy of a term and bell times ask here what to say; what writes weekly lessons lets nothing
else pass, and the database says the same once more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import Protocol

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from schedule.lessons.period_gate import ENDS_BEFORE_START
from schedule.week_grid import DAYS_A_WEEK


class WeeklyHours(Protocol):
    """The time of a weekly lesson: a row of the table, or a plan of one."""

    @property
    def weekday(self) -> int: ...
    @property
    def starts(self) -> dt.time: ...
    @property
    def ends(self) -> dt.time: ...
    @property
    def first_bell(self) -> int | None: ...
    @property
    def last_bell(self) -> int | None: ...


class WeeklyFault(Enum):
    """Says what is wrong with hours."""

    NO_WEEKDAY = auto()
    HALF_BY_PERIODS = auto()
    PERIODS_REVERSED = auto()
    ENDS_BEFORE_START = auto()

    @property
    def words(self) -> str:
        return str(WORDS[self])


# In the words of files; forms begin them with a capital.
WORDS: Mapping[WeeklyFault, StrPromise] = {
    WeeklyFault.NO_WEEKDAY: _("no weekday from 1 to 7"),
    WeeklyFault.HALF_BY_PERIODS: _("start and end are both times or both periods"),
    WeeklyFault.PERIODS_REVERSED: _("the last period lies before the first"),
    WeeklyFault.ENDS_BEFORE_START: ENDS_BEFORE_START,
}


class NoSuchHours(Exception):
    """Nothing is held in such hours; `fault` says why. Whoever planned them did not ask before."""

    def __init__(self, fault: WeeklyFault) -> None:
        super().__init__(fault.name)
        self.fault = fault


def hours_fault(
    starts: dt.time, ends: dt.time, first_bell: int | None = None, last_bell: int | None = None
) -> WeeklyFault | None:
    """Return what is wrong from when to when, by the clock or by periods."""
    if (first_bell is None) is not (last_bell is None):
        return WeeklyFault.HALF_BY_PERIODS
    if first_bell is not None and last_bell is not None and last_bell < first_bell:
        return WeeklyFault.PERIODS_REVERSED
    return WeeklyFault.ENDS_BEFORE_START if ends <= starts else None


def fault_of(hours: WeeklyHours) -> WeeklyFault | None:
    """Return what is wrong with the hours of a weekly lesson."""
    if not 1 <= hours.weekday <= DAYS_A_WEEK:
        return WeeklyFault.NO_WEEKDAY
    return hours_fault(hours.starts, hours.ends, hours.first_bell, hours.last_bell)


def require_sound(every: Iterable[WeeklyHours]) -> None:
    """Let pass what is to be written.

    Raises:
        NoSuchHours: one of them has hours in which nothing is held.
    """
    for hours in every:
        if fault := fault_of(hours):
            raise NoSuchHours(fault)
