"""The terms and years that can be chosen, and their months."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from django.utils import translation

from replays.usage.periods import PeriodForm, periods
from schedule.models import Term
from tests.factories.schedule import LessonFactory, TermFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def autumn() -> Term:
    """From 2026-09-07 to 2026-12-20."""
    return TermFactory.create(name="秋季", first_monday=dt.date(2026, 9, 7), weeks=15)


def chosen(address: dict[str, str], today: dt.date = TODAY) -> str:
    with translation.override("en"):
        return PeriodForm(address, today=today).chosen().name


def test_terms_that_have_begun_and_years_with_lessons(autumn: Term):
    TermFactory.create(name="春季", first_monday=dt.date(2026, 2, 23), weeks=18)
    TermFactory.create(name="以后", first_monday=dt.date(2027, 2, 22), weeks=18)
    LessonFactory.create(starts_at=dt.datetime(2024, 12, 31, 16, 30, tzinfo=dt.UTC))

    with translation.override("en"):
        offered = [each.name for each in periods(TODAY)]

    # That lesson began half past midnight, in the school's time.
    assert offered == ["秋季", "春季", "Year 2026", "Year 2025"]


def test_a_term_has_its_part_of_its_first_and_last_month(autumn: Term):
    period = periods(TODAY)[0]

    months = period.months

    assert [str(each.month) for each in months] == ["2026-09", "2026-10", "2026-11", "2026-12"]
    assert months[0].starts_at == period.starts_at == dt.datetime(2026, 9, 6, 16, tzinfo=dt.UTC)
    assert months[-1].ends_at == period.ends_at == dt.datetime(2026, 12, 20, 16, tzinfo=dt.UTC)
    assert all(one.ends_at == other.starts_at for one, other in pairwise(months))


def test_a_year_has_twelve_months():
    (period,) = periods(TODAY)

    assert [each.month.month for each in period.months] == list(range(1, 13))


def test_a_month_in_which_the_clocks_change_is_as_long_as_it_is(settings: Any):
    settings.TIME_ZONE = "Europe/Berlin"

    (period,) = periods(TODAY)

    # Python subtracts the clocks of two moments in the same zone.
    hours = [
        (each.ends_at.timestamp() - each.starts_at.timestamp()) / 3600 for each in period.months
    ]
    assert (hours[2], hours[9], hours[10]) == (31 * 24 - 1, 31 * 24 + 1, 30 * 24)
    assert all(one.ends_at == other.starts_at for one, other in pairwise(period.months))


def test_without_a_choice_it_is_the_term_that_runs_else_the_year(autumn: Term):
    assert chosen({}) == "秋季"
    assert chosen({}, dt.date(2026, 12, 21)) == "Year 2026"
    assert chosen({"period": "2026"}) == "Year 2026"
    assert chosen({"period": autumn.code}, dt.date(2026, 12, 21)) == "秋季"


@pytest.mark.parametrize("wrong", ["", "none", "1990", "2027", "\0", "9" * 30])
def test_what_cannot_be_chosen_counts_as_absent(wrong: str):
    assert chosen({"period": wrong}) == "Year 2026"
