"""Terms of which a year's holidays are missing, on the page of the school's day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone, translation

from schedule.enums import DayKind
from schedule.models import ClassGroup, Term
from schedule.not_in_order.unready_terms import LOOKED_AFTER_BEFORE, terms_not_in_order
from schedule.school_day_hooks import NotInOrder
from schedule.terms.days.calendar_days import set_day
from schedule.terms.days.national_calendar import published_years
from tests.factories.schedule import ClassGroupFactory, TermFactory
from tests.support.bell_lists import add_list

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_china(settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"


@pytest.fixture
def term() -> Term:
    """From a Monday in spring on, in the first year that is not published."""
    day = dt.date(max(published_years()) + 1, 3, 1)
    monday = day - dt.timedelta(days=day.weekday())
    return TermFactory.create(name="下学期", first_monday=monday, weeks=18)


def told(day: dt.date) -> list[NotInOrder]:
    with translation.override("en"):
        return list(terms_not_in_order(timezone.make_aware(dt.datetime.combine(day, dt.time(12)))))


def test_a_term_that_begins_soon_lacks_a_year(term: Term):
    (found,) = told(term.first_monday - LOOKED_AFTER_BEFORE)

    year = term.first_monday.year
    assert found.sentence == f"下学期: the school calendar has no holidays of {year} yet."
    assert found.address == f"/schedule/terms/{term.code}/days/"


def test_until_its_last_day(term: Term):
    assert len(told(term.last_day)) == 1
    assert told(term.last_day + dt.timedelta(days=1)) == []


def test_one_that_begins_later_is_no_matter_yet(term: Term):
    assert told(term.first_monday - LOOKED_AFTER_BEFORE - dt.timedelta(days=1)) == []


def test_one_whose_days_were_entered_by_hand_is_in_order(term: Term):
    set_day(term, term.first_monday + dt.timedelta(days=33), kind=DayKind.HOLIDAY, name="清明")

    assert told(term.first_monday) == []


def test_one_whose_years_are_published_is_in_order(db: None):
    TermFactory.create(first_monday=dt.date(2026, 3, 2), weeks=18)

    assert told(dt.date(2026, 3, 2)) == []


def test_schools_elsewhere_hear_nothing_of_it(term: Term, settings: Any):
    settings.TIME_ZONE = "Europe/Berlin"

    assert told(term.first_monday) == []


class TestBellLists:
    @pytest.fixture(autouse=True)
    def _days(self, term: Term) -> None:
        set_day(term, term.first_monday, kind=DayKind.HOLIDAY)

    def test_that_meet_by_now_are_named_and_those_of_nobody(self, term: Term):
        group = ClassGroupFactory.create(name="七年级1班", grade="八年级")
        add_list(term, "08:00-08:40", name="初一", grades=["七年级"])
        add_list(term, "08:00-08:30", name="一班", class_groups=[group])

        (found,) = told(term.first_monday)
        assert found.sentence == (
            "下学期: the list of bell times “初一” holds for nobody and on no day any more."
        )

        ClassGroup.objects.update(grade="七年级")
        (found,) = told(term.first_monday)
        assert "“初一” and “一班”" in found.sentence
        assert found.address == f"/schedule/terms/{term.code}/bells/#lists"

    def test_cost_two_queries_where_there_are_any(
        self, term: Term, django_assert_num_queries: Callable[..., Any]
    ):
        with django_assert_num_queries(2):
            told(term.first_monday)
        for number in range(4):
            ClassGroupFactory.create(grade=f"{number}年级")
            add_list(term, "08:00-08:40", grades=[f"{number}年级"])
        with django_assert_num_queries(4):
            assert told(term.first_monday) == []
