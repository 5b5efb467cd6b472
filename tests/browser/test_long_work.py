"""Long work in a browser: planned, left, found again and done; what its page follows, says and keeps."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib import long_work
from edu_platform.lib.long_work import WorkState
from edu_platform.lib.progress import Phase
from schedule.models import Lesson, Term, Work
from schedule.terms.planning.plan_work import PLAN_TERM
from tests.factories.accounts import UserFactory
from tests.factories.schedule import TermFactory
from tests.support.eyes import faults_at
from tests.support.long_work import address_of, long_term
from tests.support.site import Processes
from tests.support.visitors import look_until, visitor

# Each plans, or goes through many pages.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PASSWORD = "correct horse"
# 7,320 lessons: the term of a school of 2,000.
WEEKS, A_WEEK, CLASS_GROUPS = 20, 366, 36
# A busy machine takes its time.
DONE_WITHIN_MS = 120_000
HEARD_WITHIN_MS = 20_000

PERCENT_AND_TITLE = """() => {
  const percent = document.querySelector(".work progress")?.getAttribute("value");
  return percent ? [percent, document.title] : null;
}"""
REMEMBERS_WHAT_IS_SAID = """() => {
  window.said = [];
  const changed = document.querySelector("[data-changed]");
  new MutationObserver(() => changed.textContent && window.said.push(changed.textContent))
    .observe(changed, { childList: true, characterData: true, subtree: true });
}"""


def make_work(by: User, name: str, state: WorkState, **fields: Any) -> Work:
    at = timezone.now()
    is_begun = state in (WorkState.RUNNING, WorkState.WRITING)
    term = TermFactory.create()
    return Work.objects.create(
        kind=PLAN_TERM.name,
        scope=name,
        arguments={"term": term.code, "name": name},
        asked_by=by,
        state=state,
        began_at=at if is_begun else None,
        leased_until=at + dt.timedelta(hours=1) if is_begun else None,
        **fields,
    )


def test_planner_closes_the_browser_and_finds_the_term_planned(
    browser: Browser, live_site: str, processes: Processes, planner: User
) -> None:
    planner.set_password(PASSWORD)
    planner.save()
    term = long_term(weeks=WEEKS, a_week=A_WEEK, class_groups=CLASS_GROUPS)
    with visitor(browser, live_site, signs_in_as=(planner.username, PASSWORD)) as page:
        work_address = asked_for_and_followed(page, term, processes)

    # The browser is closed; later it is opened again.
    with visitor(browser, live_site, signs_in_as=(planner.username, PASSWORD)) as page:
        page.goto("/schedule/today/")
        # Where it is not done yet, Today says so, and follows it by itself.
        expect(under_way_on(page)).to_have_count(0, timeout=DONE_WITHIN_MS)
        page.goto("/accounts/notices/")
        notice = page.get_by_role("listitem").filter(has_text="“秋季学期”排课：已完成")
        notice.get_by_role("button", name="查看结果").click()
        expect(page).to_have_url(work_address)
        expect(page).to_have_title(re.compile("^已完成 · “秋季学期”排课"))
        expect(page.get_by_text(f"新增 {A_WEEK * WEEKS} 节")).to_be_visible()
        page.get_by_role("link", name="前往排课页").click()
        expect(page).to_have_url(re.compile(f"/schedule/terms/{term.code}/plan/$"))

    assert Lesson.objects.count() == A_WEEK * WEEKS


def asked_for_and_followed(page: Page, term: Term, processes: Processes) -> str:
    """Press the button, and look on until a worker is at it; return the address of the work."""
    page.goto(f"/schedule/terms/{term.code}/plan/")
    page.locator('form[action$="/plan/"] .button-primary').click()
    # Asked for, and nobody has it yet.
    expect(page).to_have_url(re.compile(r"/schedule/work/\w+/$"))
    expect(page.locator(".work-state")).to_contain_text("等待处理")
    today = page.context.new_page()
    today.goto("/schedule/today/")
    under_way = under_way_on(today)
    expect(under_way.get_by_role("link", name="“秋季学期”排课")).to_be_visible()
    assert under_way.evaluate("part => part.parentElement.firstElementChild === part")

    processes.start_worker()

    # The page that stayed open follows it by itself, and so does its tab.
    shown = look_until(page, lambda: page.evaluate(PERCENT_AND_TITLE), "no progress is shown")
    assert shown[1].startswith(f"{shown[0]}% · “秋季学期”排课")
    return page.url


def under_way_on(page: Page) -> Locator:
    return page.get_by_role("region", name="进行中的后台任务")


def test_page_that_stays_open_follows_to_the_end(
    page_of: Callable[..., Page], processes: Processes, planner: User
) -> None:
    term = long_term(weeks=WEEKS, a_week=70, class_groups=10)
    page = page_of(planner)
    page.goto(f"/schedule/terms/{term.code}/plan/")
    page.locator('form[action$="/plan/"] .button-primary').click()
    expect(page.locator(".work-state")).to_contain_text("等待处理")

    processes.start_worker()

    expect(page.locator(".work-state")).to_contain_text("已完成", timeout=DONE_WITHIN_MS)
    expect(page).to_have_title(re.compile("^已完成 · “秋季学期”排课"))
    expect(page.get_by_text("新增 1400 节")).to_be_visible()


def test_page_keeps_the_focus_says_no_percents_and_stops_asking_at_the_end(
    page_of: Callable[..., Page], planner: User
) -> None:
    work = make_work(planner, "秋季学期", WorkState.RUNNING)
    long_work.keep_progress(work.code, Phase.CHECKING, 10, 100)
    page = page_of(planner)
    page.goto(address_of(work))
    page.evaluate(REMEMBERS_WHAT_IS_SAID)
    bar = page.get_by_role("progressbar", name="进度")
    stop = page.get_by_role("button", name="停止")
    expect(stop).to_have_accessible_description(re.compile("什么都不会改动"))
    stop.focus()

    for percent in (20, 30):
        long_work.keep_progress(work.code, Phase.CHECKING, percent, 100)
        expect(bar).to_have_attribute("value", str(percent), timeout=HEARD_WITHIN_MS)
        expect(page).to_have_title(re.compile(f"^{percent}% · "))
    expect(stop).to_be_focused()
    # The button goes, and whoever stood on it stays in the part.
    Work.objects.update(state=WorkState.WRITING)
    expect(stop).to_have_count(0, timeout=HEARD_WITHIN_MS)
    expect(page.get_by_role("heading", level=1)).to_be_focused()

    asked: list[str] = []
    Work.objects.update(
        state=WorkState.FAILED,
        ended_at=timezone.now(),
        leased_until=None,
        result={"fault": "changed"},
    )
    expect(page.get_by_role("alert")).to_contain_text("没有执行", timeout=HEARD_WITHIN_MS)
    page.on("request", lambda each: asked.append(each.url))
    page.wait_for_timeout(4_000)
    assert asked == []
    # What is said of itself is the state; nothing besides.
    assert page.evaluate("window.said") == []


def test_hidden_page_follows_for_its_title(page_of: Callable[..., Page], planner: User) -> None:
    work = make_work(planner, "秋季学期", WorkState.RUNNING)
    page = page_of(planner)
    page.goto(address_of(work))
    page.evaluate(
        """() => {
            Object.defineProperty(document, "hidden", {configurable: true, get: () => true});
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )

    long_work.keep_progress(work.code, Phase.CHECKING, 43, 100)

    expect(page).to_have_title(re.compile("^43% · "), timeout=2 * HEARD_WITHIN_MS)


def test_pages_have_no_faults(page_of: Callable[..., Page], planner: User) -> None:
    other = UserFactory.create(display_name="周老师", roles=[Role.PLANNER])
    waiting = make_work(planner, "春季学期", WorkState.WAITING)
    running = make_work(planner, "秋季学期", WorkState.RUNNING)
    writing = make_work(other, "2026–2027 学年第一学期（高中国际部走班）", WorkState.WRITING)
    long_work.keep_progress(running.code, Phase.CHECKING, 552, 1280)
    long_work.keep_progress(writing.code, Phase.WRITING, 1004, 1280)
    counts = {"added": 1204, "changed": 0, "removed": 0, "left_out": 3}
    done = make_work(planner, "已排", WorkState.DONE, result=counts)
    failed = make_work(planner, "没排", WorkState.FAILED, result={"fault": "changed"})
    Work.objects.filter(pk__in=[done.pk, failed.pk]).update(ended_at=timezone.now())

    works = (waiting, running, writing, done, failed)
    faults = faults_at(
        page_of(planner),
        *(address_of(work) for work in works),
        "/schedule/today/",
        "/accounts/notices/",
    )

    assert faults == []
