from __future__ import annotations

from schedule.hours.months import FIRST_MONTH, LAST_MONTH, Month


def test_months_follow_each_other_over_the_years():
    assert str(Month(2026, 12).next) == "2027-01"
    assert str(Month(2026, 1).previous) == "2025-12"


def test_none_lies_outside_the_years_of_lessons():
    assert FIRST_MONTH.previous is None
    assert LAST_MONTH.next is None
    assert LAST_MONTH.ends_at > LAST_MONTH.starts_at
