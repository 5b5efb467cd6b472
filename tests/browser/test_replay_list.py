"""The list of replays as phones and desks draw it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from replays.models import ReplayFile
from schedule.models import Lesson
from tests.browser.test_accessibility import PASSWORD, is_wider_than_the_window
from tests.conftest import sign_in
from tests.factories.replays import ReplayFactory, ReplayFileFactory

pytestmark = pytest.mark.browser

PHONE_PX, DESK_PX = 360, 1440


@pytest.fixture
def file(lesson: Lesson) -> ReplayFile:
    """The only file of the only replay, which is ready."""
    return ReplayFileFactory.create(replay=ReplayFactory.create(lesson=lesson), number=1)


def open_list(page: Page, user: User, width: int) -> None:
    user.set_password(PASSWORD)
    user.save()
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, user.username, PASSWORD)
    page.goto("/replays/")


@pytest.mark.parametrize("width", [PHONE_PX, DESK_PX])
def test_replays_are_chosen_by_their_boxes(page: Page, planner: User, file: ReplayFile, width: int):
    open_list(page, planner, width)
    box = page.locator("input[name=code][type=checkbox]")

    place = box.bounding_box()
    assert place is not None
    assert (place["width"], place["height"]) == (18, 18)
    page.mouse.click(place["x"] + 9, place["y"] + 9)

    expect(box).to_be_checked()
    expect(page.locator("[data-chosen-count]")).to_have_text("1 / 1")
    assert not is_wider_than_the_window(page)


def test_phones_sort_by_a_choice(page: Page, planner: User, file: ReplayFile):
    open_list(page, planner, PHONE_PX)

    page.locator("select[name=sort]").select_option("-size")
    page.locator(".replay-filters .button-primary").click()

    page.wait_for_url("**/replays/?*sort=-size*")
    expect(page.locator("select[name=sort]")).to_have_value("-size")


def test_desks_sort_by_heads_that_show_it(page: Page, planner: User, file: ReplayFile):
    open_list(page, planner, DESK_PX)
    expect(page.locator("select[name=sort]")).to_be_hidden()

    def signs() -> list[str]:
        """What stands behind each head that sorts."""
        script = """heads => heads.map(head => {
            const sign = getComputedStyle(head.closest("th"), "::after").content;
            return sign === "none" ? getComputedStyle(head, "::after").content : sign;
        }).map(content => content.replace(/[^↕▲▼]/g, ""))"""
        return list(page.locator("thead th a").evaluate_all(script))

    assert signs() == ["↕"] * 5
    page.locator("thead th a").nth(3).click()
    page.wait_for_url("**/replays/?sort=-made_at")
    assert signs() == ["↕", "↕", "↕", "▼", "↕"]
