"""The player in Chromium, with real films of the local cloud and the real content policy."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from accounts.models import User
from replays.models import Progress, Replay, ReplayFile
from schedule.models import Lesson
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time
from tests.support.cloud import LocalCloud
from tests.support.eyes import faults_of
from tests.support.visitors import look_until

# Films play as long as they last.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

LENGTH_S = 20
NEXT_IN_MS = 5_000
ReplayOf = Callable[..., Replay]
HAS_PICTURE = "player.readyState > 1 && player.videoWidth > 0"


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


@pytest.fixture
def students_page(page_of: Callable[..., Page], student: User) -> Page:
    return page_of(student)


def open_replay(page: Page, replay: Replay, query: str = "") -> None:
    page.goto(f"/replays/{replay.code}/{query}")


def views_of(replay: Replay) -> int:
    replay.refresh_from_db()
    return replay.views


def assert_one_view(page: Page, replay: Replay) -> None:
    """The request that counts it goes beside the film's own, and may come after its first pictures."""
    look_until(page, lambda: views_of(replay), "no view was counted")
    assert views_of(replay) == 1


def place(page: Page) -> float:
    return float(page.evaluate("player.currentTime"))


def wait_until(page: Page, condition: str) -> None:
    """Ask again and again: the page's policy lets nobody hand it a condition to watch."""
    look_until(page, lambda: page.evaluate(condition), condition)


def wait_for_place(page: Page, least_s: int, most_s: int = LENGTH_S) -> None:
    """Wait for a place to be saved: what a page tells when it is left comes beside the next page, not before it."""
    told = Progress.objects.filter(position_s__range=(least_s, most_s))
    look_until(page, told.exists, "no place was told")


def play(page: Page) -> None:
    page.keyboard.press("k")
    # Before the film is loaded its place is but an intention.
    wait_until(page, "player.currentTime > 0.3 && !player.paused && player.readyState > 2")


def jump_to(page: Page, at_s: float) -> None:
    """Go there in the film that plays, and play on for a moment."""
    page.evaluate("at_s => { player.currentTime = at_s }", at_s)
    wait_until(page, f"player.currentTime > {at_s + 0.2} && !player.seeking")


def play_to_the_end(page: Page) -> None:
    """Play the end of a film of three seconds."""
    play(page)
    page.evaluate("player.currentTime = 2.5")
    wait_until(page, "player.ended")


def positions_in(request: Request) -> list[float]:
    """The positions that a request tells the platform: one or none."""
    body = request.post_data if request.url.endswith("/progress/") else None
    return [float(each) for each in re.findall(r'name="position_s"\s+([\d.]+)', body or "")]


def seconds_watched() -> set[int]:
    """Every second of the only film that the platform takes for watched."""
    parts = Progress.objects.get().watched
    return {second for begin, end in parts for second in range(begin, end)}


def test_plays_seeks_counts_one_view_tells_what_was_watched_and_goes_on_where_one_left_off(
    students_page: Page, film: ReplayOf
):
    page, replay = students_page, film(LENGTH_S)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_replay(page, replay)
    expect(page.locator("[data-player-resume]")).to_be_hidden()
    wait_until(page, HAS_PICTURE)
    assert round(page.evaluate("player.duration")) == LENGTH_S
    assert [url for url in asked if "/play/" in url and "metadata=1" not in url] == []
    assert views_of(replay) == 0

    play(page)
    jump_to(page, 15)

    assert_one_view(page, replay)

    # What the platform has not answered is told again. Double speed counts the seconds of the film.
    page.route("**/progress/", lambda route: route.fulfill(status=503))
    page.evaluate("player.playbackRate = 2")
    jump_to(page, 7.6)
    wait_until(page, "player.currentTime > 11")
    page.unroute("**/progress/")
    jump_to(page, 12)
    with page.expect_response(re.compile("/progress/")) as told:
        page.keyboard.press("k")
    # Not what was wound over.
    assert seconds_watched() >= {8, 9, 10}
    assert not seconds_watched() & {4, 5, 6, 7}
    page.reload()
    offer = page.locator("[data-go-on]")

    assert told.value.status == 204
    expect(offer).to_have_text(re.compile(r"0:12"))
    offer.click()
    wait_until(page, "player.currentTime >= 12 && !player.paused")
    expect(offer).to_be_hidden()
    assert views_of(replay) == 1


def test_place_is_offered_after_leaving_after_a_jump_and_after_a_film_that_fails(
    students_page: Page, film: ReplayOf
):
    page, replay = students_page, film(LENGTH_S)
    offer = page.locator("[data-go-on]")
    open_replay(page, replay)

    # It is told when the page is left.
    play(page)
    jump_to(page, 9)
    page.goto("/replays/")
    wait_for_place(page, 9, 11)
    open_replay(page, replay)
    expect(offer).to_have_text(re.compile(r"0:(09|10|11)"))

    # As when what is told on leaving arrives after the page was made again.
    page.route("**/progress/", lambda route: route.fulfill(status=204))
    play(page)
    jump_to(page, 15)
    page.reload()
    expect(offer).to_have_text(re.compile(r"0:(15|16|17)"))
    page.unroute("**/progress/")

    play(page)
    jump_to(page, 6)
    page.keyboard.press("k")
    wait_for_place(page, 6, 8)
    # The way to the film is over, and so is the one that the player asks for by itself.
    page.route("**/play/**", lambda route: route.abort())
    page.evaluate("player.src = '/replays/nowhere/play/'; player.load()")
    page.evaluate("player.dispatchEvent(new Event('error'))")
    expect(page.locator("[data-player-fails]")).to_be_visible()
    page.unroute("**/play/**")
    page.reload()
    expect(offer).to_have_text(re.compile(r"0:0[678]"))
    assert 6 <= Progress.objects.get().position_s <= 8


def test_click_and_tap_on_the_picture_play_and_pause_and_the_browsers_controls_stay_theirs(
    students_page: Page, browser: Browser, live_site: str, film: ReplayOf
):
    page, replay = students_page, film(LENGTH_S)
    open_replay(page, replay)
    wait_until(page, HAS_PICTURE)

    page.locator("#player").click()
    wait_until(page, "player.currentTime > 0.3 && !player.paused")
    assert_one_view(page, replay)
    page.locator("#player").click()
    wait_until(page, "player.paused")
    # Whatever the browser makes of a click comes later than our own.
    page.wait_for_timeout(500)
    assert page.evaluate("player.paused")

    press_the_browsers_own_button(page)
    wait_until(page, "!player.paused")
    page.wait_for_timeout(500)
    assert not page.evaluate("player.paused")

    state = page.context.storage_state()
    page.close()
    with closing(
        browser.new_context(base_url=live_site, storage_state=state, has_touch=True, is_mobile=True)
    ) as phone:
        page = phone.new_page()
        open_replay(page, replay)
        wait_until(page, HAS_PICTURE)
        page.locator("#player").tap()
        wait_until(page, "!player.paused")
        # It may go on where the click has left off.
        at_s = place(page)
        wait_until(page, f"player.currentTime > {at_s + 0.3} && !player.paused")
        page.locator("#player").tap()
        wait_until(page, "player.paused")
        page.wait_for_timeout(500)
        assert page.evaluate("player.paused")


def test_what_cannot_be_loaded_ahead_is_no_fault_before_somebody_plays(
    students_page: Page, film: ReplayOf
):
    page, replay = students_page, film(LENGTH_S)
    page.route("**/play/*metadata=1", lambda route: route.fulfill(status=409))
    with page.expect_response("**/play/*metadata=1"):
        open_replay(page, replay)
    wait_until(page, "player.preload == 'none'")
    expect(page.locator("[data-player-fails]")).to_be_hidden()
    assert views_of(replay) == 0

    play(page)

    assert_one_view(page, replay)


def open_with_place(page: Page, user: User, replay: Replay) -> None:
    """Open the page of somebody who left off at 0:12 in another browser."""
    page.goto("/replays/")
    page.evaluate("sessionStorage.clear()")
    Progress.objects.update_or_create(
        user=user,
        file=ReplayFile.objects.get(),
        defaults={"position_s": 12, "updated_at": school_time(0, 8)},
    )
    open_replay(page, replay)


def press_k(page: Page) -> None:
    page.keyboard.press("k")


def press_the_browsers_own_button(page: Page) -> None:
    """As Chromium lays out its controls: the play button is first, from the left and from below."""
    box = page.locator("#player").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 30, box["y"] + box["height"] - 45)


def goes_on_there_by(press: Callable[[Page], None], page: Page) -> None:
    told: list[float] = []

    def note(request: Request) -> None:
        told.extend(positions_in(request))

    page.on("request", note)
    press(page)
    wait_until(page, "player.currentTime > 12.3 && !player.paused")

    expect(page.locator("[data-go-on]")).to_be_hidden()
    page.keyboard.press("k")
    wait_until(page, "player.paused")
    assert [each for each in told if each < 12] == []
    page.remove_listener("request", note)
    page.locator("[data-begin]").click()
    wait_until(page, "player.currentTime > 0.3 && player.currentTime < 10 && !player.paused")
    expect(page.locator("[data-begin]")).to_be_hidden()
    page.keyboard.press("k")
    # Nothing is left to be told when the page is left.
    wait_for_place(page, 0, 10)


def test_whatever_is_pressed_to_play_goes_on_there(
    students_page: Page, student: User, film: ReplayOf
):
    page, replay = students_page, film(LENGTH_S)

    for press in (press_k, press_the_browsers_own_button):
        open_with_place(page, student, replay)
        goes_on_there_by(press, page)

    # While nobody plays, the place is kept.
    open_with_place(page, student, replay)
    page.keyboard.press("l")
    page.goto("/replays/")
    assert Progress.objects.get().position_s == 12

    # From the beginning at once.
    open_with_place(page, student, replay)
    page.locator("[data-begin]").click()
    wait_until(page, "player.currentTime > 0.3 && !player.paused")
    assert place(page) < 12


def test_playlist_plays_by_script_and_goes_on_where_one_left_off(
    students_page: Page, student: User, film: ReplayOf
):
    page, replay = students_page, film(LENGTH_S, is_hls=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_replay(page, replay)
    wait_until(page, HAS_PICTURE)
    assert round(page.evaluate("player.duration")) == LENGTH_S
    assert views_of(replay) == 0
    pieces = {url for url in asked if url.endswith(".ts")}
    assert len(pieces) == 1

    play(page)
    page.keyboard.press("l")
    wait_until(page, "player.currentTime > 10.3 && !player.seeking")

    assert page.evaluate("player.src").startswith("blob:")
    assert {url for url in asked if url.endswith(".ts")} > pieces
    assert_one_view(page, replay)
    page.keyboard.press("k")
    wait_for_place(page, 10)

    for press in (press_k, press_the_browsers_own_button):
        open_with_place(page, student, replay)
        goes_on_there_by(press, page)


class TestNextFile:
    def test_follows_by_itself_and_goes_on_at_its_own_place(
        self, students_page: Page, student: User, film: ReplayOf
    ):
        page, replay = students_page, film(3, LENGTH_S)
        first, second = ReplayFile.objects.order_by("number")
        Progress.objects.create(
            user=student, file=second, position_s=11, updated_at=school_time(0, 8)
        )
        page.clock.install()
        open_replay(page, replay, "?file=2")
        page.locator("[data-go-on]").click()
        wait_until(page, "player.currentTime >= 11 && !player.paused")

        open_replay(page, replay, "?file=1")
        play_to_the_end(page)
        notice = page.locator("[data-player-next]")
        expect(notice).to_be_visible()
        page.clock.run_for(NEXT_IN_MS)
        wait_until(page, "!player.paused && player.duration > 15")

        expect(notice).to_be_hidden()
        expect(page).to_have_url(re.compile(r"\?file=2$"))
        expect(page.locator("tr[data-file='2']")).to_have_attribute("aria-current", "true")
        assert page.locator("tr[aria-current]").count() == 1
        expect(page.locator("[data-next-file]")).to_be_hidden()

        # What was seen to its end begins again. The mark is the platform's, which may make the page again
        # before it has heard of the end.
        wait_until_seen(page, first)
        open_replay(page, replay, "?file=1")
        expect(page.locator("[data-player-resume]")).to_be_hidden()
        expect(page.locator("tr[data-file='1'] th")).to_contain_text("✓")

    def test_can_be_stopped_and_comes_by_its_button_and_its_key_with_the_same_speed(
        self, students_page: Page, film: ReplayOf
    ):
        page, replay = students_page, film(3, 3, LENGTH_S)
        page.clock.install()
        open_replay(page, replay)
        page.locator("[data-speed]").select_option("1.5")

        play_to_the_end(page)
        page.locator("[data-next-stop]").click()
        page.clock.run_for(2 * NEXT_IN_MS)
        assert page.evaluate("player.ended")
        expect(page.locator("tr[data-file='1']")).to_have_attribute("aria-current", "true")

        page.locator("[data-next-file]").click()
        expect(page.locator("tr[data-file='2']")).to_have_attribute("aria-current", "true")
        page.locator("h1").click()
        page.keyboard.press("n")
        wait_until(page, "player.duration > 15")
        expect(page.locator("tr[data-file='3']")).to_have_attribute("aria-current", "true")

        open_replay(page, replay, "?file=2")
        play(page)
        assert page.evaluate("player.playbackRate") == 1.5
        expect(page.locator("[data-speed]")).to_have_value("1.5")


def wait_until_seen(page: Page, file: ReplayFile) -> None:
    told = Progress.objects.filter(file=file, position_s__gte=3)
    look_until(page, told.exists, "the end was not told")


def test_keys(students_page: Page, film: ReplayOf):
    page = students_page
    open_replay(page, film(LENGTH_S))

    # Not while somebody types.
    page.focus("#replay-address")
    page.keyboard.press("k")
    page.keyboard.press("m")
    assert page.evaluate("[player.paused, player.muted]") == [True, False]

    page.locator("h1").click()
    page.keyboard.press("f")
    wait_until(page, "document.fullscreenElement === player")
    page.keyboard.press("f")
    wait_until(page, "document.fullscreenElement === null")

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

    # They can be switched off for good.
    page.locator(".player-help summary").click()
    page.locator("[data-keys]").uncheck()
    page.reload()
    page.keyboard.press("m")
    assert page.evaluate("player.muted") is False
    page.locator(".player-help summary").click()
    expect(page.locator("[data-keys]")).not_to_be_checked()


def test_film_that_does_not_play_is_told_in_words(students_page: Page, lesson: Lesson):
    page = students_page
    replay = ReplayFactory.create(lesson=lesson)
    ReplayFileFactory.create(replay=replay, number=1, url="https://a.example/f0.mp4")
    open_replay(page, replay)

    page.keyboard.press("k")

    expect(page.locator("[data-player-fails]")).to_be_visible()


def test_looks(page_of: Callable[..., Page], teacher: User, film: ReplayOf):
    page = page_of(teacher)
    open_replay(page, film(3, LENGTH_S))
    page.locator(".player-help summary").click()
    play_to_the_end(page)
    expect(page.locator("[data-player-next]")).to_be_visible()
    page.evaluate("clearInterval(counting)")  # so that it stays

    assert faults_of(page) == []
