"""Months in the school's time zone, as addresses say them: 2026-11."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from schedule.models import LESSON_YEARS
from schedule.week_grid import start_of_day

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Month:
    year: int
    month: int

    @classmethod
    def holding(cls, day: dt.date) -> Month:
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first_day(self) -> dt.date:
        return dt.date(self.year, self.month, 1)

    @property
    def starts_at(self) -> dt.datetime:
        return start_of_day(self.first_day)

    @property
    def ends_at(self) -> dt.datetime:
        """The beginning of the next one."""
        return start_of_day(self._moved(1).first_day)

    @property
    def previous(self) -> Month | None:
        return self._moved(-1).if_known()

    @property
    def next(self) -> Month | None:
        return self._moved(1).if_known()

    def if_known(self) -> Month | None:
        """The month, when lessons may lie in its year."""
        return self if self.year in LESSON_YEARS else None

    def _moved(self, months: int) -> Month:
        years, month = divmod(self.month - 1 + months, MONTHS_A_YEAR)
        return Month(self.year + years, month + 1)


FIRST_MONTH = Month(LESSON_YEARS[0], 1)
LAST_MONTH = Month(LESSON_YEARS[-1], MONTHS_A_YEAR)
