"""The school's day in a browser: axe, a phone, its filters, and what stays open while it is followed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import product

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.enums import IdentityState, Role
from accounts.models import ClassroomIdentity, User
from schedule.models import ClassGroup, Lesson, Room
from schedule.timetable.day import NOT_FOLDED
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    UnplannedLessonFactory,
    school_time,
)
from tests.support.eyes import PHONE_PX, faults_at, faults_of

pytestmark = pytest.mark.browser

TODAY = "/schedule/today/"
GROUPS, PERIODS = 36, 6
# This is the width of a phone.
SCREEN_PX, SCREENS = 640, 8
NOON = 12


@pytest.fixture
def _trouble(running: Lesson, lesson: Lesson, teacher: User) -> None:
    """Drafts, a room that is not made, a class that nobody has begun, a person whom the cloud refuses."""
    LessonFactory.create(is_draft=True)
    for state in ({"is_draft": True}, {}):
        awaited = LessonFactory.create(
            starts_at=running.starts_at, ends_at=running.ends_at, **state
        )
    Room.objects.create(lesson=awaited, sdk_app_id=1, room_id=7, asked_at=timezone.now())
    Room.objects.create(
        lesson=running, sdk_app_id=1, last_error="refused", failed_at=school_time(0, 0)
    )
    ClassroomIdentity.objects.create(user=teacher, sdk_app_id=1, state=IdentityState.FAILED)


@pytest.fixture
def full_day(live_site: str) -> list[Lesson]:
    """Fill today: thirty-six class groups in six periods, one of which is that of now."""
    now = timezone.now().replace(second=0, microsecond=0)
    first = 0 if timezone.localtime(now).hour < NOON else 1 - PERIODS
    starts = [now + dt.timedelta(minutes=50 * number) for number in range(first, first + PERIODS)]
    courses = [CourseFactory.create(name=name) for name in ("语文", "道德与法治", "体育", "美术")]
    groups = [
        ClassGroupFactory.create(name=f"{grade}年级{number}班")
        for grade, number in product("一二三四五六", range(1, 7))
    ]
    teachers = [UserFactory.create(roles=[Role.TEACHER]) for _ in groups]
    return [
        UnplannedLessonFactory.create(
            course=courses[number % len(courses)],
            teacher=teachers[number],
            class_groups=[groups[number]],
            starts_at=start,
            ends_at=start + dt.timedelta(minutes=40),
        )
        for start, number in product(starts, range(GROUPS))
    ]


def is_now(lesson: Lesson) -> bool:
    return lesson.starts_at <= timezone.now() < lesson.ends_at


def height_px(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollHeight"))


@pytest.mark.usefixtures("_trouble")
def test_nothing_is_wrong_with_it(
    page_of: Callable[..., Page], administrator: User, supervisor: User, lesson: Lesson
) -> None:
    page = page_of(administrator)
    faults = faults_at(
        page,
        f"{TODAY}?teacher=teacher",
        f"{TODAY}?day={lesson.starts_at:%Y-%m-%d}",
        f"{TODAY}?show=awaited",
        f"{TODAY}?show=substituted",
    )
    page.goto(TODAY)
    page.locator(".drafts summary").click()
    expect(page.locator(".drafts li")).to_have_count(1)
    page.locator(".tile-more > summary").first.click()
    faults += faults_of(page)
    faults += faults_at(page_of(supervisor), TODAY)

    assert faults == []


@pytest.mark.usefixtures("full_day")
def test_nothing_is_wrong_with_a_full_day_that_is_opened(
    page_of: Callable[..., Page], planner: User
) -> None:
    page = page_of(planner)
    page.goto(TODAY)
    for summary in page.locator(".day-period > summary, .tiles-rest > summary").all():
        summary.click()
    expect(page.locator(".day-row:visible")).to_have_count(GROUPS * (PERIODS - 1))
    expect(page.locator(".tile:visible")).to_have_count(GROUPS)

    assert faults_of(page) == []


@pytest.mark.parametrize("is_awaited", [False, True], ids=["running", "awaited"])
def test_full_day_is_no_longer_than_eight_screens_of_a_phone(
    page_of: Callable[..., Page], planner: User, full_day: list[Lesson], is_awaited: bool
) -> None:
    if is_awaited:
        Room.objects.bulk_create(
            Room(lesson=lesson, sdk_app_id=1, room_id=lesson.pk, asked_at=timezone.now())
            for lesson in filter(is_now, full_day)
        )
    for language in ("en", "zh-hans"):
        page = page_of(planner, language)
        page.set_viewport_size({"width": PHONE_PX, "height": SCREEN_PX})
        page.goto(TODAY)

        expect(page.locator(".tile:visible").first, language).to_be_visible()
        assert height_px(page) <= SCREENS * SCREEN_PX, language


@pytest.mark.usefixtures("_trouble")
def test_phone_shows_tiles_and_its_whole_menu(
    page_of: Callable[..., Page], live_site: str, planner: User, running: Lesson
) -> None:
    for language in ("en", "zh-hans"):
        page = page_of(planner, language)
        page.set_viewport_size({"width": PHONE_PX, "height": 740})

        page.goto("/")

        expect(page, language).to_have_url(f"{live_site}{TODAY}")
        links = page.locator(".phone-nav > a, .phone-nav summary")
        expect(links, language).to_have_count(5)
        last = links.last.bounding_box()
        assert last is not None, language
        assert last["x"] + last["width"] <= PHONE_PX, language
        tile = page.get_by_role("listitem").filter(
            has=page.locator(f"a[href='/schedule/lessons/{running.code}/']")
        )
        for button in tile.get_by_role("link").or_(tile.locator("summary")).all()[1:]:
            box = button.bounding_box()
            assert box is None or box["height"] >= 44, language
        tile.get_by_role("link").first.click()
        expect(page, language).to_have_url(f"{live_site}/schedule/lessons/{running.code}/")


class TestFilters:
    @pytest.fixture(autouse=True)
    def _planned(self, running: Lesson) -> None:
        LessonFactory.create(starts_at=running.starts_at, ends_at=running.ends_at)

    def test_act_at_once_and_stand_in_the_address(
        self, page_of: Callable[..., Page], live_site: str, planner: User, class_group: ClassGroup
    ) -> None:
        page = page_of(planner)
        page.goto(TODAY)
        expect(page.locator(".tile")).to_have_count(2)
        expect(page.get_by_role("button", name="查看")).to_be_hidden()

        page.get_by_label("班级", exact=True).select_option(class_group.name)

        page.wait_for_url(lambda url: url.endswith("?class_group=" + quoted(class_group.name)))
        expect(page.locator(".tile")).to_have_count(1)
        page.get_by_label("课程", exact=True).select_option("数学课")
        page.wait_for_url(lambda url: "&course=" in url and "teacher=" not in url)
        page.get_by_role("link", name="全校").click()
        expect(page).to_have_url(f"{live_site}{TODAY}")

    def test_keys_go_through_a_menu_without_loading_the_page_each_time(
        self, page_of: Callable[..., Page], planner: User
    ) -> None:
        page = page_of(planner)
        page.goto(TODAY)
        before = page.url
        page.get_by_label("课程", exact=True).focus()

        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")

        button = page.get_by_role("button", name="查看")
        expect(button).to_be_visible()
        assert page.url == before
        page.keyboard.press("Tab")
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**?course=*")


def quoted(name: str) -> str:
    """As browsers write it in an address."""
    return "".join(f"%{byte:02X}" if byte > 127 else chr(byte) for byte in name.encode())


def test_what_is_open_stays_open_while_the_day_is_followed(
    page_of: Callable[..., Page], planner: User, running: Lesson
) -> None:
    for _ in range(NOT_FOLDED):
        LessonFactory.create(starts_at=running.starts_at, ends_at=running.ends_at)
    page = page_of(planner)
    page.goto(TODAY)
    rest = page.locator(".tiles-rest")
    rest.locator("summary").first.click()
    tile = rest.locator(".tile").last
    expect(tile).to_be_visible()
    expect(page.locator(".figure").first).to_contain_text(f"{NOT_FOLDED + 1} 正在上课")
    tile.locator("a").first.focus()

    Room.objects.create(lesson=running, sdk_app_id=1, room_id=7, asked_at=timezone.now())
    page.evaluate("dispatchEvent(new Event('online'))")  # it asks at once

    expect(page.locator(".figure").first).to_contain_text(f"{NOT_FOLDED} 正在上课")
    expect(page.locator(".tile.is-awaited")).to_have_count(1)
    expect(tile).to_be_visible()
    expect(tile.locator("a").first).to_be_focused()
