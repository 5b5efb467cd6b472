from __future__ import annotations

import pytest

from schedule.timetable.print_weeks import Sheet
from schedule.timetable.week_rows import RowKind, WeekRow
from schedule.timetable.weeks import Week


@pytest.mark.parametrize(
    ("full", "empty", "css_class"),
    [
        (0, 11, ""),
        (9, 0, ""),
        (8, 4, ""),
        (8, 5, "is-dense"),
        (14, 0, "is-dense"),
        (15, 0, "is-densest"),
    ],
)
def test_more_lessons_below_each_other_are_written_smaller(full: int, empty: int, css_class: str):
    cells = [((), (None,))] * full + [((), ())] * empty
    rows = tuple(
        WeekRow(RowKind.HOUR, hour * 60, hour * 60 + 60, each)  # type: ignore[arg-type] # only counted
        for hour, each in enumerate(cells)
    )

    assert Sheet("一班", Week(days=(), rows=rows, next_lesson=None)).css_class == css_class
