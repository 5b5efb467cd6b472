"""The pages of terms, by axe."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.models import Term
from schedule.terms.bells.bell_times import even_bells
from schedule.terms.writing import set_bell_times
from schedule.week_grid import monday_of
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    TermFactory,
    WeeklyLessonFactory,
    school_time,
)
from tests.support.eyes import faults_at, faults_of

pytestmark = pytest.mark.browser

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def term(teacher: User) -> Term:
    """One that is now, with eight periods a day."""
    term = TermFactory.create(
        name="2026—2027 学年第一学期", first_monday=monday_of(timezone.localdate())
    )
    spans = even_bells(8, first=dt.time(8), length=45 * MINUTE, between=10 * MINUTE)
    set_bell_times(term, spans)
    WeeklyLessonFactory.create(term=term, teacher=teacher, first_bell=7, last_bell=8)
    return term


def test_pages_of_terms(page_of: Callable[..., Page], planner: User, term: Term):
    page = page_of(planner)
    TermFactory.create()
    pages = [f"/schedule/terms/{term.code}/{each}/" for each in ("change", "delete")]

    faults = faults_at(page, "/schedule/terms/", *pages)
    page.goto(f"/schedule/terms/{term.code}/bells/")
    page.get_by_label("第8节的结束时间").fill("10:00")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".form-faults")).to_be_visible()
    faults += faults_of(page)

    assert faults == []


def test_week_with_periods(page_of: Callable[..., Page], teacher: User, term: Term):
    for day, length in ((0, 45), (1, 100)):
        starts = school_time(day, 8)
        LessonFactory.create(teacher=teacher, starts_at=starts, ends_at=starts + length * MINUTE)

    assert faults_at(page_of(teacher), "/schedule/") == []


def test_first_term_is_made_by_the_keyboard_alone(page_of: Callable[..., Page], planner: User):
    """From the empty list to its bell times, without a script of ours."""
    page = page_of(planner)
    page.goto("/schedule/terms/")
    assert faults_of(page) == []

    page.get_by_role("link", name="新建学期").press("Enter")
    page.get_by_label("名称").fill("秋季学期")
    page.get_by_label("第一周的周一").fill("2026-08-31")
    page.get_by_label("周数").press("Enter")
    page.get_by_role("button", name="填入").press("Enter")
    expect(page.get_by_label("第8节的结束时间")).to_have_value("17:30")
    page.get_by_role("button", name="增加几行").press("Enter")
    expect(page.get_by_label("第12节的开始时间")).to_be_focused()
    page.keyboard.type("19:00")
    page.get_by_label("第12节的结束时间").fill("19:45")
    page.get_by_role("button", name="保存").press("Enter")

    expect(page.locator(".form-faults")).to_contain_text("此行为空")
    for field, time in (("开始", "19:00"), ("结束", "19:45")):
        page.get_by_label(f"第9节的{field}时间").fill(time)
        page.get_by_label(f"第12节的{field}时间").fill("")
    page.get_by_role("button", name="保存").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("作息表已保存")
    (term,) = Term.objects.all()
    assert term.bell_times.count() == 9


def test_lists_of_bell_times(page_of: Callable[..., Page], planner: User, term: Term):
    """From the page of the bell times to a list that is looked at before it is saved, by the keyboard."""
    ClassGroupFactory.create(name="七年级1班", grade="七年级")
    page = page_of(planner)
    page.goto(f"/schedule/terms/{term.code}/bells/")

    page.get_by_role("link", name="新建作息表").press("Enter")
    page.get_by_label("名称").fill("初中")
    page.get_by_label("七年级").press("Space")
    page.get_by_label("第1节的开始时间").fill("07:50")
    page.get_by_role("button", name="查看排课预览").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("尚未保存")
    faults = faults_of(page)
    page.get_by_role("button", name="保存").press("Enter")
    expect(page.get_by_role("region", name="其他作息表")).to_contain_text("初中 · 七年级 · 8 节")
    page.get_by_role("link", name="初中").press("Enter")
    page.get_by_role("link", name="删除…").press("Enter")
    faults += faults_of(page)

    assert faults == []
