"""A link to a replay in Chromium: made, copied, opened by a visitor with its password, played, and revoked."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from replays.models import PlaybackUse, Replay, Share
from schedule.models import Lesson
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time
from tests.support.cloud import LocalCloud
from tests.support.eyes import faults_at, faults_of
from tests.support.visitors import look_until, visitor

pytestmark = pytest.mark.browser

CODE = "abcd1234"


@pytest.fixture
def replay(local_cloud: LocalCloud, lesson: Lesson) -> Replay:
    """One with a real film of ten seconds."""
    replay = ReplayFactory.create(lesson=lesson, made_at=school_time(-1, 8))
    start_s = int(school_time(-1, 7).timestamp())
    room_id = local_cloud.add_history("语文课", start_s, start_s + 10)
    url = local_cloud.recorded(room_id)[0]["RecordUrl"]
    ReplayFileFactory.create(replay=replay, number=1, url=url, duration_s=10)
    return replay


@pytest.fixture
def teachers_page(page_of: Callable[..., Page], teacher: User) -> Page:
    return page_of(teacher)


def make_link(page: Page, replay: Replay, *, password: str = "") -> str:
    """Make a link by the form; its address is shown this once."""
    page.goto(f"/replays/{replay.code}/")
    page.locator("#share [name=password]").fill(password)
    page.locator("#share [name=download]").check()
    page.locator("#share .share-form button").click()
    return page.locator("#new-link").input_value()


def give_password(guest: Page, password: str) -> None:
    guest.locator("[name=password]").fill(password)
    guest.locator("main form button").click()


def watch(page: Page, *, from_s: float, until_s: float) -> None:
    """Play the film between these places, without sound, and stop there."""
    page.locator("#player").evaluate(
        """async (video, [from_s, until_s]) => {
          video.muted = true;
          await video.play();
          video.currentTime = from_s;
          while (video.currentTime < until_s || video.seeking) {
            await new Promise((done) => setTimeout(done, 50));
          }
          video.pause();
        }""",
        [from_s, until_s],
    )


def test_link_is_made_opened_played_and_revoked(
    teachers_page: Page, browser: Browser, live_site: str, replay: Replay
):
    page = teachers_page
    address = make_link(page, replay, password=CODE)
    # The button to copy it, as everywhere.
    expect(page.locator("[data-copies=new-link]")).to_be_visible()
    assert address not in page.url
    faults = faults_of(page)

    with visitor(browser, live_site) as guest:
        guest.goto(address)
        expect(guest.get_by_text(replay.title)).to_have_count(0)
        for _time in range(2):
            give_password(guest, "wrong")
            expect(guest.get_by_role("alert")).to_be_visible()
        faults += faults_of(guest)
        # The browser sends this form without an origin, as its page asks it to.
        give_password(guest, CODE)
        expect(guest.get_by_role("heading", level=1)).to_have_text(replay.title)
        faults += faults_of(guest)
        watch(guest, from_s=0, until_s=1)
        look_until(guest, Share.objects.filter(views=1).exists, "no view was counted")
        guest.reload()
        # The password was given in this browser.
        expect(guest.get_by_role("heading", level=1)).to_have_text(replay.title)

        page.goto(f"/replays/{replay.code}/")
        expect(page.locator("#new-link")).to_have_count(0)
        page.locator(".links form button").click()
        gone = guest.goto(address)
        faults += faults_at(guest, address[:-2])

    assert faults == []
    assert gone is not None
    assert gone.status == 404
    made = Share.objects.get()
    assert (made.views, made.revoked_at is not None) == (1, True)
    assert [use.share for use in PlaybackUse.objects.all()] == [made]


def test_place_is_remembered_in_the_visitor_s_browser(
    teachers_page: Page, browser: Browser, live_site: str, replay: Replay
):
    address = make_link(teachers_page, replay)

    with visitor(browser, live_site) as guest:
        guest.goto(address)
        watch(guest, from_s=6, until_s=6.2)
        guest.reload()

        expect(guest.locator("[data-go-on]")).to_have_text(re.compile(r"0:0[67]"))
        # The address is a secret, and is not what the browser remembers it by.
        kept = guest.evaluate("JSON.stringify(Object.entries(localStorage))")
        assert address.rstrip("/").rpartition("/")[2] not in kept
