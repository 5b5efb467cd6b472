"""The calendar of a term in a browser: axe, a phone, and a day that is set from the keyboard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.models import Term, TermDay
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.days.calendar_days import fill_from_calendar
from schedule.terms.days.national_calendar import published_years
from schedule.terms.writing import set_bell_times
from tests.factories.schedule import TermFactory
from tests.support.days_off import add_part_off
from tests.support.eyes import PHONE_PX, faults_at

pytestmark = pytest.mark.browser

# The Saturday is worked for 国庆节; both days are of a year that is published already.
SATURDAY, USUAL = dt.date(2026, 10, 10), dt.date(2026, 10, 14)


@pytest.fixture
def term(db: None) -> Term:
    term = TermFactory.create(name="秋季学期", first_monday=dt.date(2026, 8, 31), weeks=20)
    fill_from_calendar(term)
    return term


def test_pages_of_the_school_calendar(
    page_of: Callable[..., Page], planner: User, term: Term
) -> None:
    unpublished = dt.date(max(published_years()) + 1, 3, 1)
    monday = unpublished - dt.timedelta(days=unpublished.weekday())
    coming = TermFactory.create(name="春季学期", first_monday=monday, weeks=4)
    set_bell_times(term, read_bells("08:00-08:45,14:00-14:45"))
    half_day = add_part_off(term, USUAL, name="运动会", from_bell=2)
    term.days.filter(date=SATURDAY).delete()  # the nation's day, which the page offers to fill in
    off = f"/schedule/terms/{term.code}/days/off/"
    page = page_of(planner)

    faults = faults_at(
        page,
        *(off, f"{off}{half_day.code}/", f"{off}{half_day.code}/delete/"),
        f"/schedule/terms/{term.code}/days/",
        f"/schedule/terms/{coming.code}/days/",
        f"/schedule/terms/{term.code}/days/{SATURDAY}/",
    )

    assert faults == []


def test_a_day_is_set_from_the_keyboard_on_a_phone(
    page_of: Callable[..., Page], planner: User, term: Term
) -> None:
    page = page_of(planner)
    page.set_viewport_size({"width": PHONE_PX, "height": 800})
    page.goto(f"/schedule/terms/{term.code}/days/")
    day = page.get_by_role("link", name="10-14")

    page.get_by_role("link", name="10-13").focus()
    page.keyboard.press("Tab")
    expect(day).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_label("当天").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("运动会")
    page.keyboard.press("Enter")

    expect(day).to_have_accessible_name("10-14 初五 放假 运动会")
    expect(page.get_by_text("已保存：2026-10-14 周三")).to_be_visible()
    assert TermDay.objects.get(date=USUAL).name == "运动会"
