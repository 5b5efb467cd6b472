from __future__ import annotations

import datetime as dt

import pytest

from schedule.calendar import lunar_label, monday_of, start_of_day


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


@pytest.mark.parametrize("day", [dt.date(1899, 1, 1), dt.date(2101, 1, 1)])
def test_lunar_day_outside_the_tables_is_empty(day):
    assert lunar_label(day) == ""


@pytest.mark.parametrize("day", ["2022-10-24", "2022-10-27", "2022-10-30"])
def test_week_begins_on_monday(day):
    assert monday_of(dt.date.fromisoformat(day)) == dt.date(2022, 10, 24)


def test_day_begins_at_midnight_of_the_school(settings):
    settings.TIME_ZONE = "Asia/Shanghai"

    assert start_of_day(dt.date(2022, 10, 24)).astimezone(dt.UTC) == dt.datetime(
        2022, 10, 23, 16, tzinfo=dt.UTC
    )
