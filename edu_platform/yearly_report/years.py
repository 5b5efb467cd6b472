"""The years of which there is a report: from the first of which anything is kept to this one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Min
from django.utils import timezone

from accounts.models import AuditEntry, Incident, User
from schedule.week_grid import DAY, start_of_day


@dataclass(frozen=True, slots=True)
class Year:
    """A year in the school's time."""

    number: int
    # The day on which somebody reads.
    today: dt.date
    first_number: int

    @property
    def first_day(self) -> dt.date:
        return dt.date(self.number, 1, 1)

    @property
    def last_day(self) -> dt.date:
        """Return the last day of which the report tells: of this year it is today."""
        return min(dt.date(self.number + 1, 1, 1) - DAY, self.today)

    @property
    def since(self) -> dt.datetime:
        return start_of_day(self.first_day)

    @property
    def until(self) -> dt.datetime:
        """Return the end of the last day."""
        return start_of_day(self.last_day + DAY)

    @property
    def is_over(self) -> bool:
        return self.number < self.today.year

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > self.first_number else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.is_over else None


def year_of(number: int, *, today: dt.date) -> Year | None:
    """Return the year, if there is a report of it; three queries."""
    if number > today.year:
        return None
    first_number = _first_number(today)
    return Year(number, today, first_number) if number >= first_number else None


def _first_number(today: dt.date) -> int:
    moments = [
        User.objects.get_queryset().aggregate(first=Min("created_at"))["first"],
        AuditEntry.objects.aggregate(first=Min("at"))["first"],
    ]
    days = [timezone.localdate(moment) for moment in moments if moment is not None]
    noticed = Incident.objects.aggregate(first=Min("noticed_on"))["first"]
    years: list[int] = [day.year for day in (*days, noticed) if day is not None]
    return min([*years, today.year])
