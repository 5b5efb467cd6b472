"""Pages that follow what they show, as only a browser shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Request, Route, expect

from accounts.models import SchoolSettings, User
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile
from schedule.door.people import note_entry
from schedule.enums import CloudStatus
from schedule.models import Lesson, Room
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import LessonFactory, school_time

pytestmark = pytest.mark.browser

OPENS_IN = dt.timedelta(seconds=4)
# Until the entry opens, and what the page adds so that not all ask at once; a busy machine takes its time.
OPENED_WITHIN_MS = 30_000
FOLDED = "<details><summary>more</summary><p>what is folded</p></details>"
LONGEST_PAUSE_MS = 72_000  # between two questions, jitter included
STEP_MS = 1_000


@pytest.fixture
def opening(lesson: Lesson) -> Lesson:
    """Its teacher can enter in a moment."""
    starts_at = timezone.now() + SchoolSettings.load().teacher_window + OPENS_IN
    Lesson.objects.update(starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=45))
    return lesson


@pytest.fixture
def file(lesson: Lesson) -> ReplayFile:
    """The only file of the only replay, which is ready."""
    return ReplayFileFactory.create(replay=ReplayFactory.create(lesson=lesson), number=1)


def questions(page: Page) -> list[Request]:
    """Those that the page has asked by itself, as they come."""
    asked: list[Request] = []
    page.on(
        "request", lambda each: asked.append(each) if "x-page-version" in each.headers else None
    )
    return asked


def let_it_ask(page: Page, asked: list[Request]) -> None:
    """Let time pass until the page asks, and no longer: by its clock it would soon give up on the answer."""
    before = len(asked)
    # Twice the longest pause: it may begin only now, when a question before has just failed.
    for _ in range(2 * LONGEST_PAUSE_MS // STEP_MS):
        page.clock.run_for(STEP_MS)
        if len(asked) > before:
            return
    pytest.fail("the page asks nothing")


def show_again(page: Page, *, is_hidden: bool) -> None:
    """Turn to another tab, or back to this one."""
    page.evaluate(
        """isHidden => {
            Object.defineProperty(document, "hidden", {configurable: true, get: () => isHidden});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        is_hidden,
    )


@pytest.mark.parametrize(
    "path", ["/schedule/lessons/{}/", "/schedule/{}/", "/schedule/after-class/"]
)
def test_entry_opens_by_itself(
    page_of: Callable[..., Page], teacher: User, opening: Lesson, path: str
) -> None:
    page = page_of(teacher)
    before = LessonFactory.create(teacher=teacher, starts_at=school_time(-3, 8))
    note_entry(teacher, before, at=before.starts_at)
    opening.refresh_from_db()
    day = timezone.localdate(opening.starts_at).isoformat()
    page.goto(path.format(opening.code if "lessons" in path else day))
    button = page.get_by_role("button", name="进入课堂")
    expect(button).to_have_count(0)
    link = (
        page.locator("main a", has_text="语文课")
        .or_(page.get_by_role("link", name="选择课件"))
        .first
    )
    link.focus()

    expect(button).to_be_visible(timeout=OPENED_WITHIN_MS)

    expect(link).to_be_focused()
    expect(page.locator("[aria-live=polite]", has=button)).to_have_count(1)


def test_list_keeps_what_is_typed_and_chosen(
    page_of: Callable[..., Page], planner: User, teacher: User, file: ReplayFile
) -> None:
    for number in range(9):
        lesson = LessonFactory.create(teacher=teacher, starts_at=school_time(2 + number, 8))
        ReplayFactory.create(lesson=lesson, title=f"第{number}讲", state=ReplayState.READY)
    page = page_of(planner)
    page.goto("/replays/")
    page.locator("input[name=code]").nth(4).check()
    chosen = page.locator("input[name=code]:checked").get_attribute("value")
    page.get_by_role("searchbox").press_sequentially("half a wo")
    row = page.locator("tbody tr", has=page.locator(f"input[value='{chosen}']"))

    Replay.objects.filter(code=chosen).update(title="换了名字")
    new = LessonFactory.create(teacher=teacher, starts_at=school_time(30, 8))
    ReplayFactory.create(
        lesson=new, title="新的", state=ReplayState.PROCESSING, reason=ReplayReason.ENDED
    )
    show_again(page, is_hidden=False)

    expect(row).to_contain_text("换了名字")
    expect(page.locator("tbody tr").first).to_contain_text("新的")
    expect(row.get_by_role("checkbox")).to_be_checked()
    expect(page.locator("[data-chosen-count]")).to_have_text("1 / 10")
    expect(page.get_by_role("searchbox")).to_have_value("half a wo")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("status").filter(has_text="本页已更新。")).to_have_count(1)
    page.get_by_role("searchbox").press_sequentially("rd")
    expect(page.get_by_role("searchbox")).to_have_value("half a word")


def test_hidden_page_asks_nothing_and_asks_at_once_when_it_is_shown(
    page_of: Callable[..., Page], teacher: User, lesson: Lesson
) -> None:
    page = page_of(teacher)
    page.clock.install()
    page.goto(f"/schedule/lessons/{lesson.code}/")
    asked = questions(page)
    with page.expect_response(lambda each: each.status == 204):
        let_it_ask(page, asked)

    show_again(page, is_hidden=True)
    page.clock.run_for(10 * LONGEST_PAUSE_MS)
    page.evaluate("fetch('/healthz')")  # what was asked before it is heard of before it
    assert len(asked) == 1

    Room.objects.create(lesson=lesson, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)
    show_again(page, is_hidden=False)
    expect(page.locator(".lesson-head .mark").first).to_have_text("● 进行中")


def test_page_that_cannot_ask_says_so_and_tries_again(
    page_of: Callable[..., Page], teacher: User, lesson: Lesson
) -> None:
    page = page_of(teacher)
    page.clock.install()
    page.goto(f"/schedule/lessons/{lesson.code}/")
    asked = questions(page)
    said = page.get_by_text("暂时无法更新本页，稍后会自动再试。")
    expect(said).to_be_hidden()

    page.route("**/schedule/lessons/**", lambda route: route.abort())
    page.clock.run_for(LONGEST_PAUSE_MS)
    expect(said).to_be_visible()
    page.unroute("**/schedule/lessons/**")

    with page.expect_response(lambda each: each.status == 204):
        let_it_ask(page, asked)
    expect(said).to_be_hidden()


def test_what_is_opened_stays_open(
    page_of: Callable[..., Page], teacher: User, lesson: Lesson
) -> None:
    page = page_of(teacher)

    def fold(route: Route) -> None:
        """Add something to open, which the server sends closed."""
        text = route.fetch().text().replace("<dl ", f"{FOLDED}<dl ")
        route.fulfill(body=text, content_type="text/html; charset=utf-8")

    page.route("**/schedule/lessons/**", fold)
    page.goto(f"/schedule/lessons/{lesson.code}/")
    page.locator("main summary").first.click()
    Room.objects.create(lesson=lesson, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)
    show_again(page, is_hidden=False)

    expect(page.locator(".lesson-head .mark").first).to_have_text("● 进行中")
    expect(page.get_by_text("what is folded").first).to_be_visible()
