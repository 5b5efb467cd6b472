"""Tables, by month and class group, of what was held, recorded and kept."""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.template.defaultfilters import floatformat
from django.utils.translation import ngettext

from edu_platform.lib.formatting import GIB
from replays.usage.periods import MonthOfPeriod

SECONDS_A_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, and what is not known beside it."""

    number: str
    unknown: str = ""


def _cell(number: str, unknown: str, count: int) -> Cell:
    return Cell(number, unknown % {"count": count} if count else "")


@dataclass(slots=True)
class Usage:
    """The usage by some lessons: what was held, what was recorded, and what is kept in the cloud."""

    classes: int = 0
    held_s: int = 0
    # Held, but the cloud never told from when to when.
    classes_of_unknown_length: int = 0
    files: int = 0
    recorded_s: int = 0
    files_of_unknown_length: int = 0
    kept_bytes: int = 0
    files_of_unknown_size: int = 0

    def add(self, other: Usage) -> None:
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    @property
    def held_minutes(self) -> int:
        return round(self.held_s / SECONDS_A_MINUTE)

    @property
    def recorded_minutes(self) -> int:
        return round(self.recorded_s / SECONDS_A_MINUTE)

    @property
    def kept_gb(self) -> float:
        return self.kept_bytes / GIB

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that a page shows of it, column by column."""
        lengths = ngettext(
            "and %(count)s class of unknown length",
            "and %(count)s classes of unknown length",
            self.classes_of_unknown_length,
        )
        recorded = ngettext(
            "and %(count)s file of unknown length",
            "and %(count)s files of unknown length",
            self.files_of_unknown_length,
        )
        sizes = ngettext(
            "and %(count)s file of unknown size",
            "and %(count)s files of unknown size",
            self.files_of_unknown_size,
        )
        return (
            Cell(str(self.classes)),
            _cell(str(self.held_minutes), lengths, self.classes_of_unknown_length),
            _cell(str(self.recorded_minutes), recorded, self.files_of_unknown_length),
            _cell(floatformat(self.kept_gb, 2), sizes, self.files_of_unknown_size),
        )


@dataclass(frozen=True, slots=True)
class UsageTable:
    """A table of one month, or of the whole period: a row for each class group by name, and the school."""

    rows: list[tuple[str, Usage]]
    total: Usage


@dataclass(frozen=True, slots=True)
class MonthlyUsage:
    months: list[tuple[MonthOfPeriod, UsageTable]]
    whole: UsageTable
