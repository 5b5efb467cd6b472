"""Looking at a timetable, as only a browser shows it: the present moment moves, keys lead on, a class opens."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from accounts.models import SchoolSettings, User
from schedule.models import Lesson
from tests.factories.schedule import LessonFactory

pytestmark = pytest.mark.browser

OPENS_IN_S = 90
# Clocks of visitors may be wrong, by years.
WRONG = dt.datetime(2020, 1, 1, 3, 4, tzinfo=dt.UTC)
# As the server says it, whatever the time is.
TOLD = re.compile(r'data-now="(\d{4}-\d\d-\d\d)T[^"]*"')


def tell(page: Page, clock: str) -> None:
    """Have pages of the timetable told another time of this day."""

    def answer(route: Route) -> None:
        text = route.fetch().text()
        route.fulfill(
            body=TOLD.sub(rf'data-now="\1T{clock}:00+08:00"', text),
            content_type="text/html; charset=utf-8",
        )

    page.route("**/schedule/", answer)


@pytest.mark.usefixtures("in_china")
def test_line_of_the_present_moment_moves_on(page_of: Callable[..., Page], teacher: User):
    page = page_of(teacher)
    page.clock.install(time=WRONG)
    tell(page, "10:53")
    page.goto("/schedule/")
    line = page.locator(".now-line")
    rows = page.locator("table.week tbody tr")

    expect(rows.filter(has_text="10:00").locator(".now-line.at-50")).to_have_count(1)
    page.route("**/schedule/", lambda route: route.abort())  # nothing but the script moves it
    page.clock.run_for("03:00")
    expect(rows.filter(has_text="10:00").locator(".now-line.at-55")).to_have_count(1)
    page.clock.run_for("06:00")
    expect(rows.filter(has_text="11:00").locator(".now-line.at-00")).to_have_count(1)
    expect(line).to_have_count(1)
    day = timezone.localdate().weekday()
    column = rows.filter(has_text="11:00").locator("td").nth(day)
    expect(column.locator(".now-line")).to_have_count(1)

    page.clock.run_for("08:00:00")
    expect(line).to_have_count(0)


def test_line_of_the_present_moment_is_seen_across_the_lesson_that_runs(
    page_of: Callable[..., Page], teacher: User
):
    today = timezone.localdate()
    starts_at = timezone.make_aware(dt.datetime.combine(today, dt.time(10)))
    LessonFactory.create(
        teacher=teacher, starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=45)
    )
    page = page_of(teacher)
    page.clock.install(time=WRONG)
    tell(page, "10:32")
    page.goto("/schedule/")

    on_top = page.locator(".now-line.at-30").evaluate(
        """line => {
            line.scrollIntoView({ block: "center" });
            const { left, width, top } = line.getBoundingClientRect();
            const { top: begin, bottom: end } = line.parentNode.querySelector(".lesson").getBoundingClientRect();
            line.style.pointerEvents = "auto"; // as a test finds what lies on top
            const isAcross = begin < top && top < end;
            return isAcross && document.elementFromPoint(left + width / 2, top + 1) === line;
        }"""
    )

    assert on_top


def test_arrow_keys_lead_to_what_is_before_and_after(page_of: Callable[..., Page], planner: User):
    page = page_of(planner)
    for path in ("/schedule/2026-09-02/", "/schedule/today/?day=2026-09-02"):
        arrow_keys_lead_on(page, path)


def arrow_keys_lead_on(page: Page, path: str) -> None:
    page.goto(path)
    ways = {
        key: page.locator(f"a[rel={name}]").get_attribute("href") or ""
        for key, name in (("ArrowLeft", "prev"), ("ArrowRight", "next"))
    }
    for place in ("#day", "select >> nth=0"):
        page.locator(place).focus()
        page.keyboard.press("ArrowRight")
    page.locator("h1").click()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+ArrowLeft")
    expect(page.locator("h1")).to_be_visible()
    assert page.url.endswith(path)

    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**{ways['ArrowRight']}")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(lambda url: not url.endswith(ways["ArrowRight"]))


def let_open(lesson: Lesson, *, in_s: int) -> None:
    """Have its teacher able to enter so soon."""
    opens_at = timezone.now() + dt.timedelta(seconds=in_s)
    starts_at = opens_at + SchoolSettings.load().teacher_window
    ends_at = starts_at + dt.timedelta(minutes=45)
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=starts_at, ends_at=ends_at)


def test_countdown_becomes_the_button(page_of: Callable[..., Page], teacher: User, lesson: Lesson):
    page = page_of(teacher)
    page.clock.install(time=WRONG)
    for path in ("/schedule/", f"/schedule/lessons/{lesson.code}/"):
        let_open(lesson, in_s=OPENS_IN_S)
        page.goto(path)
        countdown_becomes_the_button(page, lesson)


def countdown_becomes_the_button(page: Page, lesson: Lesson) -> None:
    timer = page.get_by_role("timer")
    button = page.get_by_role("button", name="进入课堂")

    expect(timer, page.url).to_have_text(re.compile(r"^· 还有 \d+(分钟|秒钟?)$"))
    page.clock.run_for(1000 * OPENS_IN_S // 2)
    expect(timer, page.url).to_have_text(re.compile(r"^· 还有 \d+秒钟?$"))
    expect(button, page.url).to_have_count(0)
    link = (
        page.locator(f"main a[href='/schedule/lessons/{lesson.code}/']:visible")
        .or_(page.get_by_role("link", name="选择课件"))
        .first
    )
    link.focus()

    let_open(lesson, in_s=0)
    # As a computer that slept, with its timers: by its clock it is later now.
    page.clock.fast_forward(1000 * OPENS_IN_S)

    expect(button, page.url).to_be_visible()
    expect(timer, page.url).to_have_count(0)
    expect(link, page.url).to_be_focused()
    expect(page.locator("[aria-live=polite]", has=button), page.url).to_have_count(1)
