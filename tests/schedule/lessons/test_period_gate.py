"""Rules for every plan of a lesson, whichever way it comes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation
from django.utils.text import capfirst

from schedule.lessons.period_gate import period_faults

HOUR = dt.timedelta(hours=1)


def moment(year: int, month: int = 9, day: int = 2) -> dt.datetime:
    return dt.datetime(year, month, day, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("starts_at", "lasts", "faults"),
    [
        (moment(2026), HOUR, []),
        (moment(2026), 72 * HOUR, []),
        (moment(2026), 73 * HOUR, [("end", "A class lasts 72 hours at most.")]),
        (moment(2026), 0 * HOUR, [("end", "The end does not lie after the start")]),
        (moment(2026), -HOUR, [("end", "The end does not lie after the start")]),
        (moment(1990, 1, 1), HOUR, []),
        (moment(1989, 12, 31), HOUR, [("start", "This year is not in the calendar.")]),
        (moment(2100, 12, 31), HOUR, []),
        (moment(2101, 1, 1), HOUR, [("start", "This year is not in the calendar.")]),
    ],
)
def test_what_makes_no_lesson_is_told_with_its_side(
    starts_at: dt.datetime, lasts: dt.timedelta, faults: list[tuple[str, str]]
):
    with translation.override("en"):
        told = [
            (fault.side, capfirst(fault.words))
            for fault in period_faults(starts_at, starts_at + lasts)
        ]
        assert told == faults
