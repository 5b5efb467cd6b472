from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from schedule.week_grid import lunar_label


@pytest.mark.parametrize(
    ("day", "label"),
    [
        ("2022-10-24", "廿九"),
        ("2022-10-25", "十月"),
        ("2022-10-26", "初二"),
        ("2022-10-27", "初三"),
        ("2022-10-28", "初四"),
        ("2022-10-29", "初五"),
        ("2022-10-30", "初六"),
        ("2023-03-22", "闰二月"),
        ("2023-01-22", "正月"),
    ],
)
def test_lunar_day_shows_the_month_on_its_first(day, label):
    assert lunar_label(dt.date.fromisoformat(day)) == label


def test_lunar_day_is_for_readers_of_chinese():
    with translation.override("en"):
        assert lunar_label(dt.date(2022, 10, 24)) == ""


@pytest.mark.parametrize("day", [dt.date(1899, 1, 1), dt.date(2101, 1, 1)])
def test_lunar_day_outside_the_tables_is_empty(day):
    assert lunar_label(day) == ""
