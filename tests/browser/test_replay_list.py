"""The list of replays as phones and desks draw it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from replays.models import ReplayFile
from schedule.models import Lesson
from tests.factories.courseware import CoursewareFactory
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.support.eyes import DESK_PX, PHONE_PX, is_wider_than_the_window

pytestmark = pytest.mark.browser


@pytest.fixture
def file(lesson: Lesson) -> ReplayFile:
    """The only file of the only replay, which is ready."""
    return ReplayFileFactory.create(replay=ReplayFactory.create(lesson=lesson), number=1)


@pytest.fixture
def list_page(page_of: Callable[..., Page], planner: User, file: ReplayFile) -> Page:
    return page_of(planner)


def open_list(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/replays/")


def choose_by_its_box(page: Page) -> None:
    box = page.locator("input[name=code][type=checkbox]")

    place = box.bounding_box()
    assert place is not None
    assert place["width"] == place["height"] >= 18
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)

    expect(box).to_be_checked()
    expect(page.locator("[data-chosen-count]")).to_have_text("1 / 1")
    assert not is_wider_than_the_window(page)


def test_phones_choose_by_boxes_and_sort_by_a_choice(list_page: Page):
    page = list_page
    open_list(page, PHONE_PX)

    choose_by_its_box(page)
    expect(page.locator("select[name=sort]")).to_be_hidden()
    page.locator("summary", has_text="筛选").click()
    page.locator("select[name=sort]").select_option("-size")
    page.locator(".list-filters button").click()

    page.wait_for_url("**/replays/?*sort=-size*")
    expect(page.locator("select[name=sort]")).to_have_value("-size")


def test_desks_choose_by_boxes_and_sort_by_heads_that_show_it(list_page: Page):
    page = list_page
    open_list(page, DESK_PX)
    choose_by_its_box(page)
    expect(page.locator("select[name=sort]")).to_be_hidden()
    # Nothing is folded where there is room.
    expect(page.locator("summary", has_text="筛选")).to_be_hidden()
    expect(page.locator("input[name=q]")).to_be_visible()

    def signs() -> list[str]:
        """Return the sign behind each head that sorts."""
        script = """heads => heads.map(head => {
            const sign = getComputedStyle(head.closest("th"), "::after").content;
            return sign === "none" ? getComputedStyle(head, "::after").content : sign;
        }).map(content => content.replace(/[^↕▲▼]/g, ""))"""
        return list(page.locator("thead th a").evaluate_all(script))

    assert signs() == ["↕"] * 5
    page.locator("thead th a").nth(3).click()
    page.wait_for_url("**/replays/?sort=-made_at")
    assert signs() == ["↕", "↕", "↕", "▼", "↕"]


def test_lists_fit_into_windows_between_a_phone_and_a_desk(
    page_of: Callable[..., Page], planner: User, file: ReplayFile
):
    CoursewareFactory.create(owner=planner, pages=10)
    page = page_of(planner, "en")

    too_wide = []
    for path in ("/replays/", "/courseware/"):
        page.goto(path)
        for width in (PHONE_PX, 768, 1000, 1100, 1239):
            page.set_viewport_size({"width": width, "height": 800})
            if is_wider_than_the_window(page):
                too_wide.append((path, width))

    assert too_wide == []
