"""Looking at a timetable, as only a browser shows it: the present moment moves, keys lead on, a class opens."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from accounts.models import SchoolSettings, User
from schedule.lessons.cancel import cancel_lesson
from schedule.models import ClassGroup, Course, Lesson
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.writing import set_bell_times
from tests.factories.schedule import CourseFactory, LessonFactory, TermFactory, school_time
from tests.support.eyes import faults_of

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


@pytest.fixture
def periods(in_china: None, live_site: str) -> None:
    """Bell times of this week's term, with a lunch break."""
    today = timezone.localdate()
    monday = today - dt.timedelta(days=today.weekday())
    term = TermFactory.create(first_monday=monday)
    set_bell_times(term, read_bells("08:10-08:50,09:00-09:40,10:00-10:40,14:00-14:40,14:50-15:30"))


@pytest.mark.usefixtures("periods")
def test_line_of_the_present_moment_moves_through_periods_and_breaks(
    page_of: Callable[..., Page], teacher: User
):
    page = page_of(teacher)
    page.clock.install(time=WRONG)
    tell(page, "09:28")
    page.goto("/schedule/")
    rows = page.locator("table.week tbody tr")
    second, third = rows.filter(has_text="第2节"), rows.filter(has_text="第3节")

    expect(second.locator(".now-line.at-40")).to_have_count(1)
    page.route("**/schedule/", lambda route: route.abort())  # nothing but the script moves it
    page.clock.run_for("02:00")
    expect(second.locator(".now-line.at-45")).to_have_count(1)
    page.clock.run_for("12:00")
    expect(third.locator(".now-line.at-00")).to_have_count(1)
    page.clock.run_for("02:00:00")
    expect(rows.filter(has_text="午休").locator(".now-line.at-15")).to_have_count(1)
    expect(page.locator(".now-line")).to_have_count(1)
    day = timezone.localdate().weekday()
    column = rows.filter(has_text="午休").locator("td").nth(day)
    expect(column.locator(".now-line")).to_have_count(1)

    page.clock.run_for("04:00:00")
    expect(page.locator(".now-line")).to_have_count(0)


@pytest.mark.usefixtures("periods")
def test_week_in_periods_can_be_read_in_all_its_states(
    page_of: Callable[..., Page], planner: User, class_group: ClassGroup
):
    """Next week's: of each course a lesson, one over two periods, one between them, one cancelled, one a draft."""
    ahead = 7 - timezone.localdate().weekday()
    subjects = (
        "语文",
        "数学",
        "英语",
        "美术",
        "音乐",
        "科学",
        "道法",
        "体育",
        "物理",
        "信息",
        "劳动",
        "班会",
    )
    for number, subject in enumerate(subjects):
        day, (hour, minute) = number % 4, ((8, 10), (9, 0), (10, 0))[number // 4]
        lesson = plan_for(class_group, subject, school_time(ahead + day, hour, minute))
        if subject == "班会":
            cancel_lesson(lesson, reason="停电", at=timezone.now())
    plan_for(class_group, "美术", school_time(ahead + 4, 8, 10), 90)
    plan_for(class_group, "合唱团", school_time(ahead + 4, 12, 30))
    plan_for(class_group, "书法", school_time(ahead + 4, 14, 0), is_draft=True)
    page = page_of(planner)
    page.goto(f"/schedule/{school_time(ahead, 8):%Y-%m-%d}/?class_group={class_group.name}")

    monday, saturday = (page.locator("thead th").nth(number).bounding_box() for number in (0, 5))
    assert monday is not None
    assert saturday is not None
    assert saturday["width"] < monday["width"] / 2
    times = page.locator("tbody th .row-times").first.bounding_box()
    head = page.locator("tbody th").first.bounding_box()
    assert times is not None
    assert head is not None
    assert times["x"] + times["width"] <= head["x"] + head["width"]
    # Only what its row does not say is seen beside a lesson.
    sizes = page.locator(".week .lesson-periods").evaluate_all(
        "all => all.map((one) => one.offsetWidth > 1)"
    )
    assert sizes.count(True) == 1
    assert faults_of(page) == []


def plan_for(
    group: ClassGroup, subject: str, starts_at: dt.datetime, minutes: int = 40, **fields: Any
) -> Lesson:
    course = Course.objects.filter(name=subject).first() or CourseFactory.create(name=subject)
    ends_at = starts_at + dt.timedelta(minutes=minutes)
    return LessonFactory.create(
        course=course, class_groups=[group], starts_at=starts_at, ends_at=ends_at, **fields
    )


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
