"""Phones do what desks do not: fold, swipe, and look at pages inside WeChat."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from courseware.models import Courseware
from schedule.models import Lesson
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.writing import set_bell_times
from schedule.week_grid import monday_of, start_of_day
from tests.browser.test_courseware import PAGES, PICTURES, answer_as_cloud
from tests.factories.courseware import CoursewareFactory
from tests.factories.schedule import (
    LessonFactory,
    TermFactory,
    UnplannedLessonFactory,
    school_time,
)

pytestmark = pytest.mark.browser

LONG_NAME = "三年级语文上册第六单元《富饶的西沙群岛》公开课教学课件（第二次修改）.pptx"


@pytest.fixture
def phone_of(phone_of: Callable[..., Page]) -> Callable[..., Page]:
    """Open phones to which the cloud's pages are answered."""

    def open_phone(user: User, **options: object) -> Page:
        page = phone_of(user, **options)
        page.route("**/*.qcloudclass.com/**", answer_as_cloud)
        return page

    return open_phone


@pytest.fixture
def slides(teacher: User) -> Courseware:
    return CoursewareFactory.create(owner=teacher, name=LONG_NAME, result_url=PICTURES, pages=PAGES)


def edge(page: Page, selector: str, side: str) -> float:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["y"] + (box["height"] if side == "bottom" else 0)


def swipe(page: Page, from_x: int, to_x: int) -> None:
    y = edge(page, "[data-stage]", "top") + 60
    send = page.context.new_cdp_session(page).send
    for kind, x in (("touchStart", from_x), ("touchMove", to_x)):
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


class TestPreview:
    def test_buttons_stand_above_the_tabs_wherever_one_has_scrolled_to(
        self, phone_of: Callable[..., Page], teacher: User, slides: Courseware
    ):
        page = phone_of(teacher)
        page.goto(f"/courseware/{slides.code}/preview/")
        expect(page.locator("#in-wechat")).to_be_visible()

        for _ in range(2):
            for button in page.locator(".viewer-bar :is(.button, button):visible").all():
                expect(button).to_be_in_viewport(ratio=1)
            assert edge(page, ".viewer-bar", "bottom") <= edge(page, ".phone-nav", "top")
            page.locator(".touch").scroll_into_view_if_needed()

    def test_swiping_turns_the_page_and_is_what_is_spoken_of(
        self, phone_of: Callable[..., Page], teacher: User, slides: Courseware
    ):
        page = phone_of(teacher)
        page.goto(f"/courseware/{slides.code}/preview/?page=2")
        number = page.locator("[data-counter]")
        expect(page.locator(".touch")).to_contain_text("左右滑动翻页")
        expect(page.locator(".keys")).to_be_hidden()
        page.locator("[data-stage]").scroll_into_view_if_needed()

        swipe(page, 250, 100)
        expect(number).to_have_text(f"第 3 页，共 {PAGES} 页")
        swipe(page, 100, 250)
        expect(number).to_have_text(f"第 2 页，共 {PAGES} 页")

        # A touch is no swipe, and what is zoomed is moved.
        swipe(page, 200, 180)
        page.locator("[data-zoom='1']").click()
        expect(page.locator("[data-stage].is-zoomed")).to_be_visible()
        swipe(page, 250, 100)
        expect(number).to_have_text(f"第 2 页，共 {PAGES} 页")


def test_address_is_copied_inside_wechat_and_opens_elsewhere_as_does_the_page_to_subscribe(
    phone_of: Callable[..., Page], live_site: str, teacher: User, slides: Courseware
):
    page = phone_of(teacher)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/courseware/{slides.code}/")
    way_out = page.locator("#in-wechat")
    expect(way_out).to_contain_text("在浏览器中打开")

    way_out.get_by_role("button", name="复制").tap()

    expect(way_out.get_by_role("status")).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{live_site}/courseware/{slides.code}/"

    page.goto("/schedule/feed/")
    expect(way_out).to_contain_text("在浏览器中打开")
    expect(page.locator("#page-address")).to_have_value(page.url)


def test_buttons_of_a_week_lead_to_its_days_without_scripts(
    phone_of: Callable[..., Page], teacher: User
):
    monday = monday_of(timezone.localdate()) + dt.timedelta(days=7)
    set_bell_times(TermFactory.create(first_monday=monday), read_bells("08:00-08:40,14:00-14:40"))
    for day in range(5):
        for hour in (8, 14):
            starts_at = start_of_day(monday + dt.timedelta(days=day)) + dt.timedelta(hours=hour)
            UnplannedLessonFactory.create(teacher=teacher, starts_at=starts_at)
    page = phone_of(teacher, java_script_enabled=False)
    page.goto(f"/schedule/{monday}/")
    thursday = page.get_by_role("heading", name="周四")
    expect(thursday).not_to_be_in_viewport()

    page.get_by_role("link", name=f"周四 {(monday + dt.timedelta(days=3)).day}").first.tap()

    expect(thursday).to_be_in_viewport(ratio=1)
    strip = page.get_by_role("navigation", name="本周各天")
    expect(strip).to_be_in_viewport(ratio=1)
    assert edge(page, ".day-strip", "bottom") <= edge(page, ".day-list li:target h2", "top")
    # The last day too, and its button looks chosen.
    page.get_by_role("link", name=f"周五 {(monday + dt.timedelta(days=4)).day}").first.tap()
    expect(page.get_by_role("heading", name="周五")).to_be_in_viewport(ratio=1)
    below = edge(page, ".day-list li:target h2", "top") - edge(page, ".day-strip", "bottom")
    assert 0 <= below < 24
    for number, shadow in ((4, "none"), (5, "inset")):
        button = page.locator(f".day-strip li:nth-child({number}) a")
        expect(button).to_have_css("box-shadow", re.compile(shadow))


def test_days_before_today_and_filters_unfold_without_scripts(
    phone_of: Callable[..., Page], planner: User, running: Lesson
):
    yesterday = LessonFactory.create(teacher=running.teacher, starts_at=school_time(-1, 9))
    page = phone_of(planner, java_script_enabled=False)

    page.goto("/replays/")
    search = page.locator("input[name=q]")
    expect(search).to_be_hidden()
    page.locator("summary", has_text="筛选").tap()
    search.fill("课")
    page.get_by_role("button", name="搜索").tap()
    page.wait_for_url("**/replays/?q=*")
    expect(search).to_be_visible()

    page.goto("/schedule/today/")
    menu = page.get_by_label("班级", exact=True)
    expect(menu).to_be_hidden()
    page.locator("summary", has_text="筛选").tap()
    menu.select_option(running.class_groups.get().name)
    page.get_by_role("button", name="查看").tap()
    page.wait_for_url("**/schedule/today/?*class_group=*")
    expect(menu).to_be_visible()

    page.goto("/schedule/?teacher=teacher")
    before = page.locator(f".day-list a[href='/schedule/lessons/{yesterday.code}/']")
    expect(before).to_be_hidden()
    if timezone.localdate().weekday() > 0:
        page.locator(".days-before summary").tap()
        expect(before).to_be_visible()
