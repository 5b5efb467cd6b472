"""Proposals of a new school year: which grades may leave, and the day on which it begins."""

from __future__ import annotations

import datetime as dt

import pytest

from schedule.school_year.proposals import TopGrade, proposed_rows, top_grades, usual_first_day
from schedule.school_year.wish import YearAction
from tests.factories.schedule import TermFactory


@pytest.mark.parametrize(
    ("names", "tops"),
    [
        # A primary school, and one of nine years, which goes on.
        (["五年级1班", "六年级1班"], [TopGrade("六年级", "七年级", leaves=True)]),
        (
            ["六年级1班", "七年级1班", "九年级1班"],
            [
                TopGrade("六年级", "七年级", leaves=False),
                TopGrade("七年级", "八年级", leaves=False),
                TopGrade("九年级", "十年级", leaves=True),
            ],
        ),
        (
            ["六年级1班", "初一1班"],
            [
                TopGrade("初一", "初二", leaves=False),
                TopGrade("六年级", "初一", leaves=False),
            ],
        ),
        (["初三1班", "高一1班", "高二1班", "高三1班"], [TopGrade("初三", "高一", leaves=False)]),
        # A school that grows.
        (["一年级1班"], [TopGrade("一年级", "二年级", leaves=False)]),
        (["高三1班", "合唱团", "2024级1班"], []),
    ],
)
def test_school_is_asked_about_the_grades_with_which_it_may_end(
    names: list[str], tops: list[TopGrade]
):
    assert sorted(top_grades(names), key=str) == sorted(tops, key=str)


def test_grade_that_is_said_to_rise_rises():
    leaves, rises = (
        proposed_rows(["六年级1班"], grades)["六年级1班"] for grades in ({"六年级"}, set())
    )

    assert leaves.action == YearAction.LEAVE
    assert (rises.action, rises.name) == (YearAction.RISE, "七年级1班")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("today", "day"),
    [
        (dt.date(2026, 1, 8), dt.date(2026, 8, 31)),
        (dt.date(2026, 7, 10), dt.date(2026, 8, 31)),
        # Late, but of this year.
        (dt.date(2026, 9, 12), dt.date(2026, 8, 31)),
        (dt.date(2026, 10, 1), dt.date(2027, 8, 30)),
    ],
)
def test_school_year_usually_begins_in_the_week_of_1_september(today: dt.date, day: dt.date):
    assert usual_first_day(today) == day


@pytest.mark.django_db
def test_school_year_begins_with_its_first_term():
    TermFactory.create(first_monday=dt.date(2026, 3, 2), weeks=10)
    begun = dt.date(2026, 9, 7)
    TermFactory.create(first_monday=begun, weeks=20)

    assert usual_first_day(dt.date(2026, 7, 1)) == begun
    assert usual_first_day(dt.date(2026, 9, 10), last_begun=begun) == dt.date(2027, 8, 30)
