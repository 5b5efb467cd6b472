"""Planning a term in a browser: from an empty school to its lessons, without the administration."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.enums import Role
from accounts.models import User
from schedule.models import BellTime, Lesson, Term, WeeklyLesson
from schedule.terms.planning.placements import placements_of
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    TermFactory,
    WeeklyLessonFactory,
    coming_monday,
)
from tests.support.eyes import PHONE_PX, faults_at, faults_of

pytestmark = pytest.mark.browser

GROUPS = ("三年级1班", "七年级1班")
# For the first period of some weekdays, the table has the course, and who teaches it.
WEEK = (("语文课", "chen"), ("数学课", "lin"), ("语文课", "chen"))
WEEKDAYS = ("周一", "周二", "周三")
# The first weekly lesson takes three clicks: the link, its period, and to save it. After it each takes
# one, on its place in the week; another class group is chosen by two.
CLICKS_FOR_THE_WEEK = 3 + 2 + 2 + 3
# To the terms, a new one, to save it; to fill the bell times in, to save them; a second list, its grade, to save it;
# to the weekly lessons; after these to the calendar, to its holidays, to save them; to the plan, and to make the lessons.
CLICKS_FOR_A_TERM = 3 + 2 + 3 + 1 + CLICKS_FOR_THE_WEEK + 3 + 2
# From the reason to a place of the week's third day.
MOST_TABS = 40


@dataclass
class Hand:
    """Somebody who uses the page; their clicks are counted, a choice from a list as one. axe looks at what they pass."""

    page: Page
    clicks: int = 0
    faults: list[str] = field(default_factory=list)

    def click(self, place: Locator) -> None:
        place.click()
        self.clicks += 1

    def choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label, exact=True).select_option(label=option)
        self.clicks += 1

    def type(self, **texts: str) -> None:
        for name, text in texts.items():
            self.page.locator(f"[name={name}]").fill(text)

    def look(self) -> None:
        """Let axe look at the page, which a click may just have asked for."""
        self.page.wait_for_load_state()
        self.faults += faults_of(self.page)

    def enter(self) -> None:
        """Send the form by the keyboard."""
        self.page.locator(":focus").press("Enter")


@pytest.fixture
def _people(db: None) -> None:
    """Bring in what the office of the school has: people and class groups, and nothing to do yet."""
    for username in {teacher for _course, teacher in WEEK}:
        for number in ("", "2"):
            UserFactory.create(username=f"{username}{number}", roles=[Role.TEACHER])
    for name in GROUPS:
        ClassGroupFactory.create(name=name)


def make_term(hand: Hand) -> None:
    hand.page.goto("/schedule/")
    hand.click(hand.page.locator(".site-nav").get_by_role("link", name="学期"))
    hand.look()
    hand.click(hand.page.get_by_role("link", name="新建学期"))
    hand.look()
    hand.type(name="秋季学期", first_monday=str(coming_monday()), weeks="10")
    hand.click(hand.page.get_by_role("button", name="保存"))


def give_bells(hand: Hand) -> None:
    """Eight periods, as the quick start has them."""
    form = 'form[action$="/bells/"]'
    hand.look()
    hand.click(hand.page.locator(f'{form}[method="get"] button').first)
    hand.click(hand.page.locator(f'{form}[method="post"] .button-primary'))


def fill_week(hand: Hand) -> None:
    """From the term's page: the weekly lessons of both class groups."""
    page = hand.page
    hand.look()
    hand.click(page.get_by_role("link", name="添加第一条每周安排"))
    hand.look()
    (course, teacher), *_others = WEEK
    hand.type(course=course, teacher=teacher, class_groups=GROUPS[0])
    hand.choose("开始节次", "第1节 08:00–08:45")
    hand.click(page.get_by_role("button", name="保存", exact=True))
    fill_places(hand, GROUPS[0], "", first=1)
    hand.look()
    hand.choose("班级", GROUPS[1])
    hand.click(page.get_by_role("button", name="查看", exact=True))
    fill_places(hand, GROUPS[1], "2", first=0)


def fill_places(hand: Hand, group: str, number: str, *, first: int) -> None:
    """Fill the places of a class group's week; it is taught by the teachers of this number."""
    page = hand.page
    for weekday, (course, teacher) in list(zip(WEEKDAYS, WEEK, strict=True))[first:]:
        expect(page.get_by_label("班级", exact=True)).to_have_value(group)
        hand.click(page.get_by_role("link", name=f"新建每周安排 {weekday} 第1节"))
        expect(page.get_by_label("课程", exact=True)).to_be_focused()
        hand.type(course=course, teacher=f"{teacher}{number}")
        hand.enter()
        expect(page.get_by_text("已添加每周安排。")).to_be_visible()


def add_list(hand: Hand) -> None:
    """From the bell times: those of the upper grade, which begins earlier."""
    page = hand.page
    expect(page.get_by_role("status")).to_be_visible()
    hand.click(page.get_by_role("link", name="新建作息表"))
    hand.look()
    hand.type(name="初中")
    hand.click(page.get_by_label("七年级", exact=True))
    page.get_by_label("第1节的开始时间").fill("07:50")
    hand.click(page.get_by_role("button", name="保存"))
    expect(page.get_by_role("region", name="其他作息表")).to_contain_text("初中 · 七年级")


def take_days_off(hand: Hand, first: dt.date, last: dt.date) -> None:
    page = hand.page
    hand.click(page.locator('nav a[href$="/days/"]'))
    hand.look()
    hand.click(page.get_by_role("link", name="放假…"))
    hand.look()
    hand.type(name="秋假", first_day=str(first), last_day=str(last))
    hand.click(page.get_by_role("button", name="保存"))
    expect(page.get_by_role("status")).to_be_visible()


def move_by_keyboard(hand: Hand, lesson: Lesson, to: dt.datetime) -> None:
    """From the week of its class group, without a click."""
    page = hand.page
    page.goto(f"/schedule/{timezone.localdate(lesson.starts_at)}/?class_group={GROUPS[1]}")
    page.locator(f'a[href="/schedule/lessons/{lesson.code}/"]').locator("visible=true").first.press(
        "Enter"
    )
    hand.look()
    page.get_by_role("link", name="哪里有空").press("Enter")
    hand.look()
    page.get_by_label("原因").fill("教研活动")
    place = page.locator(f'button[value="{timezone.localtime(to):%Y-%m-%d %H:%M}"]')
    for _tab in range(MOST_TABS):
        if place.evaluate("button => button === document.activeElement"):
            break
        page.keyboard.press("Tab")
    # Elsewhere on the page it leads to the next week; here the reason would be lost.
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text("教研活动")).to_be_visible()


@pytest.mark.usefixtures("_people")
def test_term_of_two_school_levels_is_planned_by_a_new_planner_and_a_week_by_a_click_for_each_lesson(
    page_of: Callable[..., Page], planner: User
) -> None:
    hand = Hand(page_of(planner))
    visited: list[str] = []
    hand.page.on("framenavigated", lambda frame: visited.append(frame.url))
    monday = coming_monday()

    make_term(hand)
    give_bells(hand)
    add_list(hand)
    hand.click(hand.page.get_by_role("link", name="每周安排", exact=True))
    before = hand.clicks
    fill_week(hand)
    assert hand.clicks - before <= CLICKS_FOR_THE_WEEK
    take_days_off(hand, monday + dt.timedelta(days=7), monday + dt.timedelta(days=8))
    hand.click(hand.page.locator('nav a[href$="/plan/"]'))
    hand.look()
    hand.click(hand.page.locator('form[action$="/plan/"] .button-primary'))
    expect(hand.page.get_by_role("status")).to_be_visible()
    assert hand.clicks <= CLICKS_FOR_A_TERM

    (term,) = Term.objects.all()
    found = term.weekly_lessons.order_by("pk").values_list("weekday", "first_bell", "course__name")
    places = [(weekday, 1, course) for weekday, (course, _who) in enumerate(WEEK, start=1)]
    assert list(found) == places * len(GROUPS)
    assert Lesson.objects.count() == len(placements_of(term).wanted) == 2 * (10 * len(WEEK) - 2)
    lesson = Lesson.objects.filter(class_groups__name=GROUPS[1]).earliest("starts_at")
    assert timezone.localtime(lesson.starts_at) == at(monday, 7, 50)
    move_by_keyboard(hand, lesson, at(monday + dt.timedelta(days=2), 8, 55))

    lesson.refresh_from_db()
    assert timezone.localtime(lesson.starts_at) == at(monday + dt.timedelta(days=2), 8, 55)
    assert hand.faults == []
    assert not [address for address in visited if "/admin/" in address]


def at(day: dt.date, hour: int, minute: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, minute)))


@pytest.fixture
def term() -> Term:
    """With three periods a day."""
    term = TermFactory.create(name="秋季学期", weeks=10)
    times = ((8, 0, 8, 45), (8, 55, 9, 40), (9, 50, 10, 35))
    for number, (a, b, c, d) in enumerate(times, start=1):
        BellTime.objects.create(term=term, number=number, starts=dt.time(a, b), ends=dt.time(c, d))
    return term


@pytest.mark.usefixtures("_people")
def test_many_are_typed_in_a_row_by_the_keyboard_alone(
    page_of: Callable[..., Page], planner: User, term: Term
) -> None:
    page = page_of(planner)
    page.goto(f"/schedule/terms/{term.code}/weekly/new/")
    expect(page.get_by_label("课程", exact=True)).to_be_focused()
    page.keyboard.type("语文课")
    for text in ("chen", GROUPS[0]):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.get_by_label("开始节次").select_option("1")
    page.get_by_role("button", name="保存并继续添加").press("Enter")

    # Now Return goes on with the next one, from the weekday on.
    expect(page.get_by_label("星期")).to_be_focused()
    to_wednesday, to_period_2 = ["ArrowDown"] * 2, ["ArrowDown"] * 2
    for key in (*to_wednesday, "Tab", *to_period_2, "Tab", "Tab", "Enter"):
        page.keyboard.press(key)

    expect(page.get_by_text("已添加每周安排。")).to_be_visible()
    expect(page.get_by_label("课程", exact=True)).to_have_value("语文课")
    found = WeeklyLesson.objects.order_by("pk").values_list("weekday", "first_bell")
    assert list(found) == [(1, 1), (3, 2)]


def test_pages_of_weekly_lessons(
    page_of: Callable[..., Page], planner: User, teacher: User, term: Term
) -> None:
    group = ClassGroupFactory.create(name="二〇二六级高中国际部实验1班（走班）")
    weekly_lesson = WeeklyLessonFactory.create(
        term=term,
        course__name="普通高中思想政治必修第一册中国特色社会主义",
        teacher=teacher,
        class_groups=[group],
        first_bell=1,
        last_bell=2,
        ends=dt.time(9, 40),
        weeks="odd",
    )
    empty = TermFactory.create()
    page, path = page_of(planner), f"/schedule/terms/{term.code}/"

    faults = faults_at(
        page,
        path,
        f"{path}weekly/?span=week",
        f"{path}weekly/?by=teacher&of=teacher",
        f"{path}weekly/new/",
        f"{path}weekly/{weekly_lesson.code}/",
        f"{path}weekly/{weekly_lesson.code}/delete/",
        f"{path}copy/",
        f"/schedule/terms/{empty.code}/",
    )
    page.goto(f"/schedule/terms/{empty.code}/copy/")
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_text("尚未保存。")).to_be_visible()
    faults += faults_of(page)
    page.goto(f"{path}weekly/new/?weekday=1&first_bell=2&teacher=teacher&course=语文课")
    page.get_by_label("班级", exact=True).fill(group.name)
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", name="该时间有人已有课")).to_be_visible()
    faults += faults_of(page)

    assert faults == []


def test_phone_shows_weekly_lessons_as_cards(
    page_of: Callable[..., Page], planner: User, term: Term
) -> None:
    weekly_lesson = WeeklyLessonFactory.create(term=term, course__name="语文课")
    page = page_of(planner)
    page.set_viewport_size({"width": PHONE_PX, "height": 740})

    page.goto(f"/schedule/terms/{term.code}/")

    # The roles keep it a table.
    row = page.get_by_role("row").filter(has=page.locator(f"a[href*='{weekly_lesson.code}']"))
    expect(row.get_by_role("rowheader")).to_have_text("语文课")
    row.get_by_role("link", name="修改").click()
    expect(page.get_by_label("课程", exact=True)).to_have_value("语文课")
