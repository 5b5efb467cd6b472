"""The player in Chromium, with real films of the local cloud and the real content policy."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from accounts.models import User
from replays.models import Progress, Replay, ReplayFile
from schedule.models import Lesson
from tests.browser.test_accessibility import (
    PASSWORD,
    Scheme,
    is_wider_than_the_window,
    look,
    serious_faults,
)
from tests.conftest import sign_in
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time
from tests.support.cloud import LocalCloud

pytestmark = pytest.mark.browser

LENGTH_S = 20
ReplayOf = Callable[..., Replay]


@pytest.fixture
def film(local_cloud: LocalCloud, lesson: Lesson) -> ReplayOf:
    """A replay with real films of these lengths: `film(20)`, `film(3, 3)`, `film(20, is_hls=True)`."""

    def make(*lengths_s: int, is_hls: bool = False) -> Replay:
        replay = ReplayFactory.create(lesson=lesson, title="语文课 第一讲")
        local_cloud.set_recording(file_format="hls" if is_hls else "mp4")
        for number, length_s in enumerate(lengths_s, start=1):
            start = school_time(-1, 7 + number)
            start_s = int(start.timestamp())
            room_id = local_cloud.add_history("语文课", start_s, start_s + length_s)
            ReplayFileFactory.create(
                replay=replay,
                number=number,
                url=local_cloud.recorded(room_id)[0]["RecordUrl"],
                file_format="hls" if is_hls else "mp4",
                duration_s=length_s,
                started_at=start,
            )
        return replay

    return make


def open_as(page: Page, user: User, replay: Replay, query: str = "") -> None:
    user.set_password(PASSWORD)
    user.save()
    sign_in(page, user.username, PASSWORD)
    page.goto(f"/replays/{replay.code}/{query}")


def place(page: Page) -> float:
    return float(page.evaluate("player.currentTime"))


def wait_until(page: Page, condition: str, within_s: float = 30) -> None:
    """Ask again and again: the page's policy lets nobody hand it a condition to watch."""
    until_s = time.monotonic() + within_s
    while not page.evaluate(condition):
        assert time.monotonic() < until_s, condition
        page.wait_for_timeout(50)


def wait_for_place(page: Page, least_s: int, within_s: float = 30) -> None:
    """What a page tells when it is left comes beside the next page, not before it."""
    until_s = time.monotonic() + within_s
    while not Progress.objects.filter(position_s__gte=least_s).exists():
        assert time.monotonic() < until_s, "no place was told"
        page.wait_for_timeout(50)


def play(page: Page) -> None:
    page.keyboard.press("k")
    wait_until(page, "player.currentTime > 0.3 && !player.paused")


def positions_in(request: Request) -> list[float]:
    """The positions that a request tells the platform: one or none."""
    body = request.post_data if request.url.endswith("/progress/") else None
    return [float(each) for each in re.findall(r'name="position_s"\s+([\d.]+)', body or "")]


def test_plays_seeks_and_counts_one_view(page: Page, student: User, film: ReplayOf):
    replay = film(LENGTH_S)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_as(page, student, replay)
    assert not any("/play/" in url or "/vod/" in url for url in asked)

    play(page)
    page.evaluate("player.currentTime = 15")
    wait_until(page, "player.currentTime > 15.3 && !player.seeking")

    assert round(page.evaluate("player.duration")) == LENGTH_S
    replay.refresh_from_db()
    assert replay.views == 1


def test_goes_on_where_one_left_off(page: Page, student: User, film: ReplayOf):
    replay = film(LENGTH_S)
    open_as(page, student, replay)
    expect(page.locator("[data-player-resume]")).to_be_hidden()
    play(page)
    page.evaluate("player.currentTime = 12")
    wait_until(page, "player.currentTime > 12.2 && !player.seeking")

    with page.expect_response(re.compile("/progress/")) as told:
        page.keyboard.press("k")
    page.reload()
    offer = page.locator("[data-go-on]")

    assert told.value.status == 204
    expect(offer).to_have_text(re.compile(r"0:12"))
    offer.click()
    wait_until(page, "player.currentTime >= 12 && !player.paused")
    expect(offer).to_be_hidden()


def test_reload_right_after_a_jump_offers_the_place(page: Page, student: User, film: ReplayOf):
    replay = film(LENGTH_S)
    # As when what is told on leaving arrives after the page was made anew.
    page.route("**/progress/", lambda route: route.fulfill(status=204))
    open_as(page, student, replay)
    play(page)
    page.evaluate("player.currentTime = 9")
    wait_until(page, "player.currentTime > 9.2 && !player.seeking")

    page.reload()

    expect(page.locator("[data-go-on]")).to_have_text(re.compile(r"0:(09|10|11)"))


def test_place_outlives_a_film_that_fails(page: Page, student: User, film: ReplayOf):
    replay = film(LENGTH_S)
    open_as(page, student, replay)
    play(page)
    page.evaluate("player.currentTime = 9")
    wait_until(page, "player.currentTime > 9.2 && !player.seeking")
    page.keyboard.press("k")
    wait_for_place(page, 9)

    # The way to the film is over, and so is the one that the player asks for by itself.
    page.route("**/play/**", lambda route: route.abort())
    page.evaluate("player.src = '/replays/nowhere/play/'; player.load()")
    page.evaluate("player.dispatchEvent(new Event('error'))")
    expect(page.locator("[data-player-fails]")).to_be_visible()
    page.unroute("**/play/**")
    page.reload()

    expect(page.locator("[data-go-on]")).to_have_text(re.compile(r"0:(09|10|11)"))
    assert Progress.objects.get().position_s >= 9


def test_position_is_told_when_the_page_is_left(page: Page, student: User, film: ReplayOf):
    replay = film(LENGTH_S)
    open_as(page, student, replay)
    play(page)
    page.evaluate("player.currentTime = 9")
    wait_until(page, "player.currentTime > 9.2 && !player.seeking")

    page.goto("/replays/")
    wait_for_place(page, 9)
    page.goto(f"/replays/{replay.code}/")

    expect(page.locator("[data-go-on]")).to_have_text(re.compile(r"0:(09|10|11)"))


@pytest.mark.parametrize("is_hls", [False, True])
@pytest.mark.parametrize("button", ["k", "the browser's own"])
def test_whatever_is_pressed_to_play_goes_on_there(
    page: Page, student: User, film: ReplayOf, button: str, is_hls: bool
):
    replay = film(LENGTH_S, is_hls=is_hls)
    Progress.objects.create(
        user=student, file=ReplayFile.objects.get(), position_s=12, updated_at=school_time(0, 8)
    )
    told: list[float] = []
    page.on("request", lambda request: told.extend(positions_in(request)))
    open_as(page, student, replay)

    if button == "k":
        page.keyboard.press("k")
    else:
        # As Chromium lays out its controls: the play button is first, from the left and from below.
        box = page.locator("#player").bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 30, box["y"] + box["height"] - 45)
    wait_until(page, "player.currentTime > 12.3 && !player.paused")

    expect(page.locator("[data-go-on]")).to_be_hidden()
    page.keyboard.press("k")
    wait_until(page, "player.paused")
    assert [each for each in told if each < 12] == []
    page.locator("[data-begin]").click()
    wait_until(page, "player.currentTime > 0.3 && player.currentTime < 10 && !player.paused")
    expect(page.locator("[data-begin]")).to_be_hidden()


def test_place_is_kept_while_nobody_plays(page: Page, student: User, film: ReplayOf):
    replay = film(LENGTH_S)
    Progress.objects.create(
        user=student, file=ReplayFile.objects.get(), position_s=12, updated_at=school_time(0, 8)
    )
    open_as(page, student, replay)

    page.keyboard.press("l")
    page.goto("/replays/")

    assert Progress.objects.get().position_s == 12


def test_from_the_beginning(page: Page, student: User, film: ReplayOf):
    replay = film(LENGTH_S)
    Progress.objects.create(
        user=student,
        file=ReplayFile.objects.get(),
        position_s=12,
        updated_at=school_time(0, 8),
    )
    open_as(page, student, replay)

    page.locator("[data-begin]").click()
    wait_until(page, "player.currentTime > 0.3 && !player.paused")

    assert place(page) < 12


def test_what_was_seen_to_its_end_begins_anew(page: Page, student: User, film: ReplayOf):
    replay = film(3)
    open_as(page, student, replay)
    play(page)
    wait_until(page, "player.ended")
    # The mark is the platform's, which may make the page anew before it has heard of the end.
    wait_for_place(page, 3)

    page.reload()

    expect(page.locator("[data-player-resume]")).to_be_hidden()
    expect(page.locator("tr[data-file] th")).to_contain_text("✓")


class TestNextFile:
    def test_follows_by_itself(self, page: Page, student: User, film: ReplayOf):
        replay = film(3, LENGTH_S)
        open_as(page, student, replay)
        play(page)

        notice = page.locator("[data-player-next]")
        expect(notice).to_be_visible(timeout=20_000)
        wait_until(page, "!player.paused && player.duration > 15")

        expect(notice).to_be_hidden()
        expect(page).to_have_url(re.compile(r"\?file=2$"))
        expect(page.locator("tr[data-file='2']")).to_have_attribute("aria-current", "true")
        assert page.locator("tr[aria-current]").count() == 1
        expect(page.locator("[data-next-file]")).to_be_hidden()

    def test_can_be_stopped(self, page: Page, student: User, film: ReplayOf):
        replay = film(3, 3)
        open_as(page, student, replay)
        play(page)

        page.locator("[data-next-stop]").click(timeout=20_000)
        page.wait_for_timeout(6_000)

        assert page.evaluate("player.ended")
        expect(page.locator("tr[data-file='1']")).to_have_attribute("aria-current", "true")

    def test_by_its_button_and_by_its_key(self, page: Page, student: User, film: ReplayOf):
        replay = film(3, 3, LENGTH_S)
        open_as(page, student, replay)

        page.locator("[data-next-file]").click()
        expect(page.locator("tr[data-file='2']")).to_have_attribute("aria-current", "true")
        page.locator("h1").click()
        page.keyboard.press("n")
        wait_until(page, "player.duration > 15")

        expect(page.locator("tr[data-file='3']")).to_have_attribute("aria-current", "true")

    def test_goes_on_at_its_own_place(self, page: Page, student: User, film: ReplayOf):
        replay = film(3, LENGTH_S)
        second = ReplayFile.objects.get(number=2)
        Progress.objects.create(
            user=student, file=second, position_s=11, updated_at=school_time(0, 8)
        )
        open_as(page, student, replay, "?file=2")

        page.locator("[data-go-on]").click()
        wait_until(page, "player.currentTime >= 11 && !player.paused")


class TestKeys:
    def test_move_change_speed_sound_and_volume(self, page: Page, student: User, film: ReplayOf):
        open_as(page, student, film(LENGTH_S))
        play(page)
        page.keyboard.press(" ")
        wait_until(page, "player.paused")
        page.evaluate("player.currentTime = 5")

        places = []
        for key in ("l", "ArrowLeft", "j", "ArrowRight"):
            page.keyboard.press(key)
            places.append(round(place(page)))
        for key in (">", ">", "<", "m"):
            page.keyboard.press(key)
        page.evaluate("player.focus()")
        page.keyboard.press("ArrowDown")

        assert places == [15, 10, 0, 5]
        assert page.evaluate("[player.playbackRate, player.muted]") == [1.25, True]
        assert round(page.evaluate("player.volume"), 1) == 0.9

    def test_full_screen(self, page: Page, student: User, film: ReplayOf):
        open_as(page, student, film(3))

        page.keyboard.press("f")
        wait_until(page, "document.fullscreenElement === player")
        page.keyboard.press("f")
        wait_until(page, "document.fullscreenElement === null")

    def test_not_while_somebody_types(self, page: Page, student: User, film: ReplayOf):
        open_as(page, student, film(3))

        page.focus("#replay-address")
        page.keyboard.press("k")
        page.keyboard.press("m")

        assert page.evaluate("[player.paused, player.muted]") == [True, False]

    def test_can_be_switched_off_for_good(self, page: Page, student: User, film: ReplayOf):
        open_as(page, student, film(3))
        page.locator(".player-help summary").click()
        page.locator("[data-keys]").uncheck()
        page.reload()

        page.keyboard.press("m")

        assert page.evaluate("player.muted") is False
        page.locator(".player-help summary").click()
        expect(page.locator("[data-keys]")).not_to_be_checked()


def test_speed_is_kept_for_the_next_film(page: Page, student: User, film: ReplayOf):
    replay = film(3, 3)
    open_as(page, student, replay)

    page.locator("[data-speed]").select_option("1.5")
    page.goto(f"/replays/{replay.code}/?file=2")
    play(page)

    assert page.evaluate("player.playbackRate") == 1.5
    expect(page.locator("[data-speed]")).to_have_value("1.5")


def test_playlist_plays_by_script(page: Page, student: User, film: ReplayOf):
    replay = film(LENGTH_S, is_hls=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_as(page, student, replay)
    assert not any("/play/" in url for url in asked)

    play(page)
    page.keyboard.press("l")
    wait_until(page, "player.currentTime > 10.3 && !player.seeking")

    assert page.evaluate("player.src").startswith("blob:")
    assert any(url.endswith("000.ts") for url in asked)
    replay.refresh_from_db()
    assert replay.views == 1


def test_film_that_does_not_play_is_told_in_words(page: Page, student: User, lesson: Lesson):
    replay = ReplayFactory.create(lesson=lesson)
    ReplayFileFactory.create(replay=replay, number=1, url="https://a.example/f0.mp4")
    open_as(page, student, replay)

    page.keyboard.press("k")

    expect(page.locator("[data-player-fails]")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_looks(page: Page, teacher: User, film: ReplayOf, width: int, scheme: Scheme):
    replay = film(3, LENGTH_S)
    look(page, width, scheme)
    open_as(page, teacher, replay)
    if width > 640:
        page.locator(".player-help summary").click()
    play(page)
    expect(page.locator("[data-player-next]")).to_be_visible(timeout=20_000)

    assert serious_faults(page) == []
    assert not is_wider_than_the_window(page)
