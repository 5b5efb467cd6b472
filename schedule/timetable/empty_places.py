"""The empty places of a timetable, at which planners begin a new lesson."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.utils import timezone

from schedule.models import ClassGroup
from schedule.terms.bells.bell_lists import EVERYBODY, BellLists, members_of
from schedule.terms.bells.bell_times import Bells
from schedule.timetable.week_days import Day
from schedule.timetable.week_rows import RowKind, WeekRow


class EmptyPlace(NamedTuple):
    """A time at which somebody has no lesson, in the school's zone."""

    day: dt.date
    start: dt.time
    # None: a new lesson lasts there as long as usual.
    end: dt.time | None
    # Day and time in words.
    label: str

    def lies_ahead(self, local_now: dt.datetime) -> bool:
        """Tell whether a lesson may still begin there; takes the present moment in the school's zone."""
        return (self.day, self.start) > (local_now.date(), local_now.time())


# The bell times of a day.
BellsOn = Callable[[dt.date], Bells]


def bells_of(class_group: ClassGroup | None, bell_lists: BellLists) -> BellsOn:
    """Return by which bell times new lessons of a day begin: those of the class group, else those of everybody."""
    members = EVERYBODY if class_group is None else members_of([class_group])
    return lambda day: bell_lists.shown_for(members, day)


class EmptyPlaces:
    """The places in the week of a chosen teacher or class group, whose new lessons begin at an address."""

    def __init__(
        self,
        address: str,
        days: Sequence[Day],
        now: dt.datetime,
        bells_on: BellsOn,
    ) -> None:
        """`bells_on`: those by which a new lesson of a day begins; rows of other lists offer none."""
        self.address = address
        self._days = [(day.date, day.weekday, bells_on(day.date)) for day in days]
        self._local_now = timezone.localtime(now)

    def in_row(self, row: WeekRow) -> list[EmptyPlace | None]:
        """Return the places of a row, one a day; None where nothing begins any more, or ever."""
        if row.kind not in (RowKind.HOUR, RowKind.PERIOD):
            return [None] * len(self._days)
        start, head = _time_at(row.starts), row.head
        places: list[EmptyPlace | None] = []
        for day, weekday, bells in self._days:
            number = bells.number_at(start)
            end = None if number is None else bells.spans[number - 1].ends
            place = EmptyPlace(day, start, end, f"{weekday} {head}")
            is_of_list = row.kind is RowKind.HOUR or number is not None
            places.append(place if is_of_list and place.lies_ahead(self._local_now) else None)
        return places


def _time_at(minute: int) -> dt.time:
    return dt.time(*divmod(minute, 60))
