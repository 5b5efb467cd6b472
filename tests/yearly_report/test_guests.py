"""Guests of a year: by the day of the school on which they were invited."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from edu_platform.yearly_report.guests import guests_section
from edu_platform.yearly_report.years import Year
from schedule.week_grid import start_of_day
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.guests import guest_of

pytestmark = pytest.mark.django_db

YEAR = Year(2025, today=dt.date(2026, 12, 2), first_number=2020)
SECOND = dt.timedelta(seconds=1)


def test_they_are_counted_in_the_year_in_which_they_were_invited(django_assert_num_queries: Any):
    lesson = UnplannedLessonFactory.create()
    first, last = start_of_day(dt.date(2025, 1, 1)), start_of_day(dt.date(2026, 1, 1)) - SECOND
    guest_of(lesson, "客人甲", "cloud-1", invited_at=first)
    guest_of(lesson, "", "cloud-2", invited_at=last)
    guest_of(lesson, "没来的客人", invited_at=last, ended_at=last)
    for moment in (first - SECOND, last + SECOND):
        guest_of(lesson, "别的年份", f"cloud-{moment.year}", invited_at=moment)

    with django_assert_num_queries(1):
        section = guests_section(YEAR)

    assert [count for _words, count in section.rows] == [3, 2, 2]


def test_year_without_guests_counts_none():
    assert [count for _words, count in guests_section(YEAR).rows] == [0, 0, 0]
