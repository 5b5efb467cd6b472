"""School years: on which day one begins."""

from __future__ import annotations

import datetime as dt

import pytest

from schedule.school_years import first_day_of, last_day_of, school_year_in_words, school_year_of


@pytest.mark.parametrize(
    ("year", "first"), [(2025, "2025-09-01"), (2026, "2026-08-31"), (2024, "2024-08-26")]
)
def test_begins_with_the_week_of_the_first_of_september(year, first):
    day = dt.date.fromisoformat(first)

    assert first_day_of(year) == day
    assert school_year_of(day) == year
    assert school_year_of(day - dt.timedelta(days=1)) == year - 1
    assert last_day_of(year - 1) == day - dt.timedelta(days=1)


def test_is_called_by_both_of_its_years():
    assert school_year_in_words(2026) == "2026–2027"
