"""People of the demo see a class after its end."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, expect

from tests.stories.demo.class_story import enter, open_running_lesson, signed_in
from tests.support.demo import Demo

ARRIVES_WITHIN_S = 20
ASKED_FOR_WITHIN_S = 120
TITLE = "公开课：古诗诵读"


def replay_of_the_class_just_ended_plays(browser: Browser, demo: Demo) -> str:
    """End the class that runs, and watch it; return the path of its replay."""
    with signed_in(browser, demo, "teacher") as teacher:
        end_class(teacher, demo)
        replay_path = replay_arrives(teacher, within_s=ARRIVES_WITHIN_S)
        plays(teacher, replay_path)
    with signed_in(browser, demo, "student of the running class") as student:
        student.goto("/replays/")
        expect(student.get_by_role("row").filter(has_text=TITLE)).to_contain_text("可播放")
        plays(student, replay_path)
    with signed_in(browser, demo, "student of another") as stranger:
        answer = stranger.goto(replay_path)
        assert answer is not None
        assert answer.status == 404
    with signed_in(browser, demo, "administrator") as administrator:
        administrator_runs_a_callback_again(administrator)
    return replay_path


def replay_arrives_without_callbacks_and_after_a_silence(
    browser: Browser, demo: Demo, *, earlier: str
) -> None:
    """Hold the class that runs while the cloud is silent; `earlier` is the replay of the one before it."""
    with signed_in(browser, demo, "teacher") as teacher:
        demo.cloud.set_callbacks(enabled=False)
        hold_class(teacher, demo)
        demo.cloud.switch("*", "http500")

        page_tells_of_the_silence(teacher, earlier=earlier)
        demo.cloud.clear()
        replay_path = replay_arrives(teacher, within_s=ASKED_FOR_WITHIN_S, earlier=earlier)
        plays(teacher, replay_path)


def hold_class(page: Page, demo: Demo) -> None:
    """Enter the class that runs now, which has not been started, start it and end it, and come back."""
    lesson_path = open_running_lesson(page)
    enter(page, demo)
    expect(page.locator("main")).to_have_attribute("data-status", "0")
    page.get_by_role("button", name="上课").click()
    expect(page.locator("main")).to_have_attribute("data-status", "1")
    end(page)
    page.goto(demo.url + lesson_path)


def end_class(page: Page, demo: Demo) -> None:
    """Enter the class that was started, and end it."""
    open_running_lesson(page)
    enter(page, demo)
    expect(page.locator("main")).to_have_attribute("data-status", "1")
    end(page)
    page.goto(demo.url)


def end(page: Page) -> None:
    """End the class; its page then leads home, to what comes next."""
    page.get_by_role("button", name="下课").click()
    page.wait_for_url("**/schedule/after-class/")
    expect(page.get_by_role("region", name="回放")).to_be_visible()


def replay_arrives(page: Page, *, within_s: float, earlier: str = "") -> str:
    """Look at the list until the replay can be played, not that of an earlier class; return the path of its page."""
    deadline = time.monotonic() + within_s
    row = page.get_by_role("row").filter(has_text=TITLE).filter(has_text="可播放")
    row = row.filter(has_not=page.locator(f"a[href='{earlier}']"))
    while True:
        page.goto("/replays/")
        if row.count():
            break
        assert time.monotonic() < deadline, page.get_by_role("table").inner_text()
        time.sleep(0.5)
    row.first.get_by_role("link", name="查看").click()
    page.wait_for_url(re.compile(r"/replays/\w+/$"))
    return urlsplit(page.url).path


def plays(page: Page, path: str) -> None:
    page.goto(path)
    video = page.locator("video")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    expect(video).to_have_js_property("paused", False)
    deadline = time.monotonic() + ARRIVES_WITHIN_S
    while not video.evaluate("video => video.currentTime > 0.3"):
        assert time.monotonic() < deadline, "the video does not play"
        time.sleep(0.1)


def page_tells_of_the_silence(page: Page, *, earlier: str) -> None:
    """The lesson leads to the replay's page, which says since when nobody could be asked."""
    page.reload()
    page.locator(f"a:not([href='{earlier}'])").filter(has_text="查看回放").click()
    deadline = time.monotonic() + ASKED_FOR_WITHIN_S
    while "联系不上课堂服务" not in page.locator("main").inner_text():
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        time.sleep(1)
        page.reload()
    assert re.search(r"\d{2}:\d{2}.*\d{2}:\d{2}", page.locator("main").inner_text(), re.DOTALL)


def administrator_runs_a_callback_again(page: Page) -> None:
    """Every callback of the class stands in the administration with its fate."""
    page.goto("/admin/classroom/callbackevent/")
    rows = page.locator("#result_list tbody tr")
    told = [row.locator(".field-event_type").inner_text() for row in rows.all()]
    assert {"RoomStart", "MemberJoin", "MemberQuit", "RoomEnd", "RecordFinish"} <= set(told)
    expect(rows.filter(has_text="RecordFinish").first).to_contain_text("已处理")
    rows.filter(has_text="RecordFinish").first.get_by_role("link").first.click()
    page.get_by_role("button", name="重新处理").click()
    expect(page.locator(".messagelist")).to_contain_text("重新处理")
