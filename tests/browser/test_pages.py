"""The pages in a browser under the real content policy: on a phone, by keyboard, by click, without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from schedule.models import Lesson
from tests.support.cloud import LocalCloud
from tests.support.eyes import PHONE_PX
from tests.support.visitors import WIDE, open_own_menu, sign_in

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"


def test_phone_has_days_and_controls_to_touch(
    page_of: Callable[..., Page], live_site: str, teacher: User, running: Lesson
) -> None:
    page = page_of(teacher)
    page.set_viewport_size({"width": PHONE_PX, "height": 740})

    page.goto("/schedule/")

    # The days stand where the table is too wide.
    expect(page.get_by_role("table")).to_be_hidden()
    lesson = page.locator(f".day-list a[href='/schedule/lessons/{running.code}/']")
    expect(lesson).to_be_visible()
    expect(lesson).to_contain_text("进行中")
    box = lesson.bounding_box()
    assert box is not None
    assert box["width"] > PHONE_PX * 0.9
    assert controls_too_small_to_touch(page) == []
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": live_site}])
    page.reload()
    expect(page.get_by_role("link", name="This week")).to_be_visible()
    assert controls_too_small_to_touch(page) == []


def controls_too_small_to_touch(page: Page) -> list[str]:
    controls = page.locator("main :is(button, .button, input, select):visible")
    heights = """all => all.map(each => [each.getBoundingClientRect().height, each.outerHTML])"""
    found = controls.evaluate_all(heights)
    assert found
    return [html for height, html in found if height < 44]


class TestKeyboard:
    def test_tab_is_seen_and_leads_from_the_skip_link_to_the_class(
        self, page_of: Callable[..., Page], teacher: User, running: Lesson
    ) -> None:
        page = page_of(teacher)
        page.goto("/schedule/")
        for _ in range(12):
            page.keyboard.press("Tab")
            assert outline_of_focused(page) != "none", focused(page)

        page.reload()
        page.keyboard.press("Tab")
        skip = page.locator(".skip-link")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        assert page.url.endswith("#main")
        reached = []
        for _ in range(20):
            page.keyboard.press("Tab")
            reached.append(focused(page))
            if reached[-2:-1] == ["跳转"]:
                break

        # The next class, the ways to other weeks, the table; the day list is hidden.
        address = f"/schedule/lessons/{running.code}/"
        assert reached[:2] == [address, "进入课堂"]
        assert reached[-2:] == ["跳转", address]

    def test_enter_key_enters_the_class(
        self, page_of: Callable[..., Page], teacher: User, running: Lesson, local_cloud: LocalCloud
    ) -> None:
        page = page_of(teacher)
        page.goto(f"/schedule/lessons/{running.code}/")

        for _ in range(20):
            page.keyboard.press("Tab")
            if focused(page) == "进入课堂":
                break
        page.keyboard.press("Enter")

        page.wait_for_url(f"{local_cloud.class_url}?**")


def focused(page: Page) -> str:
    """The address of the focused link, or the text of the focused button."""
    script = """() => {
        const each = document.activeElement;
        return each.getAttribute("href") || each.textContent.trim();
    }"""
    return str(page.evaluate(script))


def outline_of_focused(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))


def test_one_click_leads_into_the_class(
    page_of: Callable[..., Page],
    running: Lesson,
    teacher: User,
    assistant: User,
    student: User,
    local_cloud: LocalCloud,
) -> None:
    for user in (teacher, assistant, student):
        page = page_of(user)
        page.goto("/schedule/")

        page.get_by_role("button", name="进入课堂").click()

        page.wait_for_url(f"{local_cloud.class_url}?**")
        # Each has the name of the role.
        expect(page.locator("main")).to_have_attribute("data-role", user.username)
        page.go_back()
        assert page.url.endswith("/schedule/")


class TestWithoutScripts:
    @pytest.fixture
    def plain(self, browser: Browser, live_site: str) -> Iterator[Page]:
        """A visitor whose browser runs no scripts."""
        context = browser.new_context(
            base_url=live_site, java_script_enabled=False, locale="zh-CN", viewport=WIDE
        )
        yield context.new_page()
        context.close()

    def test_from_the_sign_in_into_the_class(
        self, plain: Page, teacher: User, running: Lesson, local_cloud: LocalCloud
    ) -> None:
        teacher.set_password(PASSWORD)
        teacher.save()

        sign_in(plain, teacher.username, PASSWORD)
        plain.get_by_role("link", name="下一周").click()
        plain.get_by_role("link", name="本周").click()
        plain.locator("#day").fill("2022-10-26")
        plain.get_by_role("button", name="跳转").click()
        expect(plain.get_by_role("columnheader").first).to_have_text("周一 24 廿九")
        open_own_menu(plain)
        plain.get_by_role("button", name="English").click()
        expect(plain.get_by_role("link", name="This week")).to_be_visible()
        plain.get_by_role("button", name="Enter the class").click()

        plain.wait_for_url(f"{local_cloud.class_url}?**")
        expect(plain.locator("main")).to_have_attribute("data-role", "teacher")
