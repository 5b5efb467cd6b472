"""The page outside the door when many go in at once: it goes in by itself, or by its button."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
import redis
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from schedule.door import queue
from schedule.models import Lesson
from tests.support.cloud import LocalCloud
from tests.support.visitors import WIDE, sign_in_as

pytestmark = pytest.mark.browser

MORE_THAN_CAN_STAND = 250
# Longer than a test takes, on whatever machine.
HERE_S = 3600


@pytest.fixture
def crowd_leaves(live_site: str, valkey: str) -> Iterator[Callable[[], None]]:
    """Many who came before, and stand here until they are told to go."""
    here, here_until = queue.KEYS[:2]
    now_us = int(time.time() * queue.US)
    crowd = [f"0:{number}" for number in range(MORE_THAN_CAN_STAND)]
    with redis.Redis.from_url(valkey) as client:
        client.zadd(here, dict.fromkeys(crowd, now_us - queue.US))
        client.zadd(here_until, dict.fromkeys(crowd, now_us + HERE_S * queue.US))

        def leave() -> None:
            for key in (here, here_until):
                client.zrem(key, *crowd)

        yield leave


def test_page_goes_in_by_itself_when_it_is_their_turn_and_back_leads_to_the_lesson(
    page_of: Callable[..., Page],
    student: User,
    running: Lesson,
    local_cloud: LocalCloud,
    crowd_leaves: Callable[[], None],
) -> None:
    page = page_of(student)
    page.goto(f"/schedule/lessons/{running.code}/")
    page.get_by_role("button", name="进入课堂").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("现在进入课堂的人很多")
    expect(page.get_by_role("status")).to_contain_text(f"前面约有 {MORE_THAN_CAN_STAND} 人")
    expect(page.get_by_role("status")).to_contain_text("到时会自动进入课堂")

    crowd_leaves()
    page.wait_for_url(f"{local_cloud.class_url}?**")
    expect(page.locator("main")).to_have_attribute("data-role", "student")

    page.go_back()

    expect(page).to_have_url(re.compile(f"/schedule/lessons/{running.code}/$"))
    expect(page.get_by_role("button", name="进入课堂")).to_be_visible()


def test_without_scripts_there_is_the_button(
    browser: Browser,
    live_site: str,
    student: User,
    running: Lesson,
    local_cloud: LocalCloud,
    crowd_leaves: Callable[[], None],
) -> None:
    context = browser.new_context(
        base_url=live_site, java_script_enabled=False, locale="zh-CN", viewport=WIDE
    )
    sign_in_as(context, live_site, student, "zh-hans")
    page = context.new_page()
    page.goto(f"/schedule/lessons/{running.code}/")
    page.get_by_role("button", name="进入课堂").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("现在进入课堂的人很多")
    expect(page.get_by_text("到时会自动进入课堂")).to_be_hidden()

    crowd_leaves()
    while not page.url.startswith(local_cloud.class_url):
        page.get_by_role("button", name="进入课堂").click()

    expect(page.locator("main")).to_have_attribute("data-role", "student")
    context.close()
