"""The menus in a browser: by keyboard, without scripts, on a phone, and with a school of a long name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from accounts.services.notices import notify_many
from accounts.services.school import name_school
from schedule.models import Lesson
from schedule.terms.days.calendar_days import DAYS_FILLED_NOTICE
from tests.support.eyes import PHONE_PX, faults_of
from tests.support.visitors import sign_in_as

pytestmark = pytest.mark.browser

LONG_NAME = "某某市某某区某某街道云山实验小学教育集团东校区（国际部）附属幼儿园"
FINGER_PX = 44
READABLE_PX = 12
MEASURES = """(link) => {
  const text = link.querySelector("span");
  return {
    size: parseFloat(getComputedStyle(text).fontSize),
    isCut: text.scrollWidth > text.clientWidth + 1,
    hasIcon: link.querySelector("svg").getBoundingClientRect().width >= 16,
  };
}"""


@pytest.mark.parametrize("menu", [".menu-more", ".menu-person"])
def test_menu_opens_by_a_key_and_escape_leads_back_to_its_button(
    page_of: Callable[..., Page], planner: User, menu: str
) -> None:
    page = page_of(planner)
    page.goto("/replays/")
    button = page.locator(f".site-header {menu} > summary")
    entries = page.locator(f".site-header {menu} .menu-list")
    button.focus()

    page.keyboard.press("Enter")
    expect(entries).to_be_visible()
    page.keyboard.press("Tab")
    expect(entries.locator("a, button").first).to_be_focused()
    page.keyboard.press("Escape")

    expect(entries).to_be_hidden()
    expect(button).to_be_focused()


def test_menu_closes_by_a_click_beside_it_by_the_other_one_and_when_the_focus_leaves(
    page_of: Callable[..., Page], planner: User
) -> None:
    page = page_of(planner)
    page.goto("/replays/")
    more, person = (page.locator(f".site-header {name}") for name in (".menu-more", ".menu-person"))
    lists = page.locator(".site-header .menu-list:visible")

    more.locator("summary").click()
    person.locator("summary").click()
    expect(lists).to_have_count(1)
    expect(person.locator(".menu-list")).to_be_visible()
    page.locator("h1").click()
    expect(lists).to_have_count(0)
    more.locator("summary").press("Enter")
    more.locator("a").last.focus()
    page.keyboard.press("Tab")
    expect(lists).to_have_count(0)


def test_menus_need_no_script(browser: Browser, live_site: str, administrator: User) -> None:
    context = browser.new_context(base_url=live_site, java_script_enabled=False)
    sign_in_as(context, live_site, administrator)
    page = context.new_page()
    page.goto("/replays/")

    page.locator(".site-header .menu-more > summary").click()
    page.locator(".site-header").get_by_role("link", name="课时").click()
    expect(page).to_have_url(f"{live_site}/schedule/hours/")
    page.locator(".menu-person > summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Teaching hours")
    page.locator(".menu-person > summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("[name=login]")).to_be_visible()
    context.close()


@pytest.mark.usefixtures("lesson")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("who", ["student", "teacher", "supervisor", "planner", "administrator"])
def test_phone_has_five_tabs_at_most_with_icons_and_texts_that_can_be_read(
    request: pytest.FixtureRequest, page_of: Callable[..., Page], who: str, language: str
) -> None:
    page = page_of(request.getfixturevalue(who), language)
    page.set_viewport_size({"width": PHONE_PX, "height": 740})
    page.goto("/replays/")

    tabs = page.locator(".phone-nav > a, .phone-nav > details > summary").all()

    assert len(tabs) <= 5
    for tab in tabs:
        box, measured = tab.bounding_box(), tab.evaluate(MEASURES)
        assert box is not None
        assert box["x"] + box["width"] <= PHONE_PX
        assert box["height"] >= FINGER_PX
        assert measured == {"size": measured["size"], "isCut": False, "hasIcon": True}, who
        assert measured["size"] >= READABLE_PX


def test_open_menus_have_no_faults(page_of: Callable[..., Page], administrator: User) -> None:
    page = page_of(administrator)
    faults = []
    page.goto("/courseware/")
    for menu in (".menu-more", ".menu-person"):
        page.locator(f".site-header {menu} > summary").click()
        faults += faults_of(page)
    page.set_viewport_size({"width": PHONE_PX, "height": 740})
    page.locator(".phone-nav summary").click()
    for entry in page.locator(".phone-nav .menu-list a").all():
        expect(entry).to_be_in_viewport(ratio=1)
        box = entry.bounding_box()
        assert box is not None
        assert box["height"] >= FINGER_PX

    assert faults == []


def test_long_name_of_a_school_stays_on_one_line(
    page_of: Callable[..., Page], planner: User, superuser: User, lesson: Lesson
) -> None:
    name_school(LONG_NAME, by=superuser)
    for language in ("en", "zh-hans"):
        page = page_of(planner, language)
        for width in (1440, 1024, 700, PHONE_PX):
            page.set_viewport_size({"width": width, "height": 740})
            page.goto("/schedule/today/")
            box = page.locator(".site-name > span").bounding_box()
            assert box is not None
            assert box["height"] < 32, (language, width)
            assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth"), (
                language,
                width,
            )
            header = page.locator(".site-header").bounding_box()
            assert header is not None
            assert header["height"] <= 64, (language, width)


def test_unread_notices_are_seen_on_a_phone(page_of: Callable[..., Page], student: User) -> None:
    notify_many(
        [student],
        kind=DAYS_FILLED_NOTICE,
        arguments={"term": "秋季学期", "count": "1"},
        address="/schedule/",
        cause="test",
        at=timezone.now(),
    )
    page = page_of(student)
    page.set_viewport_size({"width": PHONE_PX, "height": 740})
    page.goto("/replays/")

    expect(page.locator(".bell-count:visible")).to_have_count(1)
    page.locator(".phone-nav").get_by_role("link", name="通知").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("通知")
