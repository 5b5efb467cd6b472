from __future__ import annotations

import datetime as dt

import pytest

from schedule.week_grid import hours_shown, monday_of, period_of_days, period_of_week, start_of_day


@pytest.mark.parametrize("day", ["2022-10-24", "2022-10-27", "2022-10-30"])
def test_week_begins_on_monday(day):
    assert monday_of(dt.date.fromisoformat(day)) == dt.date(2022, 10, 24)


def test_day_begins_at_midnight_of_the_school(settings):
    settings.TIME_ZONE = "Asia/Shanghai"

    assert start_of_day(dt.date(2022, 10, 24)).astimezone(dt.UTC) == dt.datetime(
        2022, 10, 23, 16, tzinfo=dt.UTC
    )


def test_week_ends_where_its_sunday_does():
    monday, sunday = dt.date(2022, 10, 24), dt.date(2022, 10, 30)

    assert period_of_week(monday) == period_of_days(monday, sunday)
    assert period_of_week(monday)[1] == start_of_day(dt.date(2022, 10, 31))


@pytest.mark.parametrize(
    ("hours", "first", "last"), [(set(), 8, 18), ({9, 17}, 8, 18), ({6, 20}, 6, 20)]
)
def test_grid_has_the_hours_of_a_school_day_and_those_of_its_lessons(hours, first, last):
    shown = hours_shown(hours)

    assert (shown[0], shown[-1]) == (first, last)
