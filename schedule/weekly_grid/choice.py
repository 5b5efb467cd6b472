"""The choice of a term's grid, as an address says it: what is malformed counts as absent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from schedule.matrix.choice import MatrixChoice, matrix_choice
from schedule.timetable.school_week import Span

MONDAY = "1"
WEEKDAY = re.compile(r"[1-7]", re.ASCII)


class Parity(StrEnum):
    """The weeks that are shown together."""

    ALL = "all"
    ODD = "odd"
    EVEN = "even"


@dataclass(frozen=True, slots=True)
class GridChoice:
    # It says which rows there are, and whether a day or the week is shown of all of them.
    matrix: MatrixChoice
    weeks: Parity = Parity.ALL
    # The weekday of which all rows are shown, and the one that narrow screens show.
    day: str = MONDAY

    @property
    def weekday(self) -> int:
        return int(self.day)

    @property
    def is_of_one(self) -> bool:
        """Return whether the week of one alone is asked for."""
        return bool(self.matrix.row_key)

    @property
    def is_of_week(self) -> bool:
        return self.is_of_one or self.matrix.span is Span.WEEK

    def with_rows(self, **values: object) -> GridChoice:
        return replace(self, matrix=self.matrix.with_others(**values))

    def as_query(self) -> dict[str, str]:
        """Return what an address says; of the usual nothing."""
        query = self.matrix.as_query()
        if self.weeks is not Parity.ALL:
            query["weeks"] = self.weeks
        if self.day != MONDAY:
            query["day"] = self.day
        return query


def grid_choice(query: Mapping[str, str]) -> GridChoice:
    """Read an address; whether there is such a grade or row is found out with the weekly lessons."""
    weeks, day = query.get("weeks", ""), query.get("day", "")
    return GridChoice(
        matrix=replace(matrix_choice(query), course=""),
        weeks=Parity(weeks) if weeks in set(Parity) else Parity.ALL,
        day=day if WEEKDAY.fullmatch(day) else MONDAY,
    )
