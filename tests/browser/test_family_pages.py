"""A mother of two, by the link that the school gave her, on a phone in WeChat's own browser."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from schedule.models import FamilyLink
from schedule.week_grid import monday_of
from tests.browser.conftest import IN_WECHAT
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    coming_monday,
    school_time,
)
from tests.support.eyes import PHONE_PX, faults_at, faults_of
from tests.support.families import FamilyOf, make_family
from tests.support.visitors import visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def family(live_site: str) -> FamilyOf:
    """A link of two children, of different class groups; each has a lesson next week."""
    children = []
    days = (coming_monday() - timezone.localdate()).days
    for name, group_name, course in (
        ("林小满", "三年级1班", "语文"),
        ("林大满", "六年级2班", "物理"),
    ):
        group = ClassGroupFactory.create(name=group_name)
        MembershipFactory.create(
            class_group=group, kind="class_teacher", user__display_name="沈老师"
        )
        children.append(MembershipFactory.create(class_group=group, user__display_name=name).user)
        LessonFactory.create(
            class_groups=[group], course__name=course, starts_at=school_time(days, 8)
        )
    TermFactory.create(first_monday=monday_of(coming_monday() - dt.timedelta(days=7)))
    return make_family(*children)


@pytest.fixture
def phone(browser: Browser, live_site: str) -> Iterator[Callable[..., Page]]:
    opened: list[BrowserContext] = []

    def open_phone(**options: object) -> Page:
        context = browser.new_context(
            base_url=live_site,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": PHONE_PX, "height": 640},
            has_touch=True,
            is_mobile=True,
            user_agent=IN_WECHAT,
            **options,  # type: ignore[arg-type] # as Playwright takes them
        )
        opened.append(context)
        return context.new_page()

    yield open_phone
    for context in opened:
        context.close()


def test_mother_of_two_reads_along_in_wechat(family: FamilyOf, phone: Callable[..., Page]):
    # The messenger takes the full stop behind the address for a part of it.
    page = phone()
    page.goto(f"{family.page}。")
    expect(page.locator("body")).not_to_contain_text("林")
    page.get_by_role("button").tap()

    next_week = f"{coming_monday()}"
    expect(page.get_by_role("heading", level=1)).to_contain_text("林小满")
    page.locator("a[rel=next]").tap()
    expect(page.locator(".day-list")).to_contain_text("语文")
    assert next_week in page.url
    page.get_by_role("link", name="林大满").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("林大满")
    page.locator("a[rel=next]").tap()
    expect(page.locator(".day-list")).to_contain_text("物理")
    expect(page.locator(".day-list")).not_to_contain_text("语文")

    assert {cookie["name"] for cookie in page.context.cookies()} == {f"family_{family.link.code}"}
    assert FamilyLink.objects.get().browser_count == 1


def test_pages_work_without_scripts_and_calendar_is_made(
    family: FamilyOf, phone: Callable[..., Page]
):
    page = phone(java_script_enabled=False)
    page.goto(family.page)
    page.get_by_role("button").tap()
    page.locator('a[href*="/feed/"]').tap()
    page.locator("form button").tap()

    expect(page.locator("#feed-address")).to_have_attribute(
        "value", re.compile(r"/schedule/feeds/.+\.ics")
    )


def test_pages_of_families_are_clear_to_everybody(
    family: FamilyOf, browser: Browser, live_site: str
):
    with visitor(browser, live_site) as page:
        faults = faults_at(page, family.page, family.page[:-3])
        page.goto(family.page)
        page.get_by_role("button").click()
        faults += faults_of(page)
        faults += faults_at(page, f"{family.page}?week={coming_monday()}", f"{family.page}feed/")
        page.locator("form button").click()
        faults += faults_of(page)

    assert faults == []
