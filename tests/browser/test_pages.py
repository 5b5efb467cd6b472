"""The pages in a browser under the real content policy: by eye, by keyboard, by click, without scripts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import User
from schedule.models import ClassGroup, Lesson
from tests.conftest import WIDE, sign_in
from tests.factories.schedule import CourseFactory, LessonFactory
from tests.support.cloud import LocalCloud

pytestmark = pytest.mark.browser

Scheme = Literal["light", "dark"]
PASSWORD = "correct horse battery"
PHONE_PX = 360
SERIOUS = {"serious", "critical"}


def sign_in_as(context: BrowserContext, site: str, user: User, language: str = "zh-hans") -> None:
    """Sign in without the form."""
    client = Client()
    client.force_login(user)
    cookies = {"sessionid": client.cookies["sessionid"].value, "django_language": language}
    context.add_cookies(
        [{"name": name, "value": value, "url": site} for name, value in cookies.items()]
    )


@pytest.fixture
def page_of(page: Page, live_site: str) -> Callable[..., Page]:
    """The visitor's page, signed in as this person."""

    def sign_in_visitor(user: User, language: str = "zh-hans") -> Page:
        sign_in_as(page.context, live_site, user, language)
        return page

    return sign_in_visitor


@pytest.fixture
def running(teacher: User, assistant: User, class_group: ClassGroup) -> Lesson:
    """Began five minutes ago, and lasts another forty."""
    now = timezone.now().replace(microsecond=0)
    return LessonFactory.create(
        course=CourseFactory.create(name="语文课"),
        teacher=teacher,
        assistants=[assistant],
        class_groups=[class_group],
        starts_at=now - dt.timedelta(minutes=5),
        ends_at=now + dt.timedelta(minutes=40),
    )


def faults_of(page: Page) -> list[str]:
    """What axe calls serious, and what sticks out of the window."""
    found = [
        f"{page.url} {each['id']}: {node['html']}"
        for each in Axe().run(page).response["violations"]
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{page.url} is wider than the window")
    return found


def refuse(page: Page, lesson: Lesson) -> None:
    """Press the button of a class that has been cancelled meanwhile."""
    page.goto(f"/schedule/lessons/{lesson.code}/")
    Lesson.objects.filter(pk=lesson.pk).update(state="cancelled")
    page.get_by_role("button", name="进入课堂").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("这节课已取消")


def refuse_upload(page: Page, file: Path) -> None:
    file.write_text("no picture")
    page.goto("/accounts/profile/")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("alert")).to_contain_text("不是可用的图片")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE_PX, 1440])
class TestForEverybodysEyes:
    @pytest.fixture(autouse=True)
    def _look(self, page: Page, width: int, scheme: Scheme) -> None:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)

    def test_pages_of_a_teacher(
        self, page_of: Callable[..., Page], teacher: User, running: Lesson, tmp_path: Path
    ) -> None:
        page = page_of(teacher)

        for path in (
            "/schedule/",
            "/schedule/2022-10-24/",
            f"/schedule/lessons/{running.code}/",
            "/accounts/profile/",
            "/accounts/password/change/",
            "/nowhere/",
        ):
            page.goto(path)
            assert faults_of(page) == []
        refuse_upload(page, tmp_path / "me.jpg")
        assert faults_of(page) == []
        refuse(page, running)
        assert faults_of(page) == []
        # And the timetable and the lesson once more, with a lesson that was cancelled.
        for path in ("/schedule/", f"/schedule/lessons/{running.code}/"):
            page.goto(path)
            assert faults_of(page) == []

    def test_pages_of_a_planner(
        self, page_of: Callable[..., Page], planner: User, running: Lesson
    ) -> None:
        page = page_of(planner)

        for path in ("/schedule/", "/schedule/?teacher=teacher"):
            page.goto(path)
            assert faults_of(page) == []


class TestPhone:
    @pytest.fixture(autouse=True)
    def _phone(self, page: Page) -> None:
        page.set_viewport_size({"width": PHONE_PX, "height": 740})

    def test_days_stand_where_the_table_is_too_wide(
        self, page_of: Callable[..., Page], teacher: User, running: Lesson
    ) -> None:
        page = page_of(teacher)

        page.goto("/schedule/")

        expect(page.get_by_role("table")).to_be_hidden()
        lesson = page.locator(f".day-list a[href='/schedule/lessons/{running.code}/']")
        expect(lesson).to_be_visible()
        expect(lesson).to_contain_text("进行中")
        box = lesson.bounding_box()
        assert box is not None
        assert box["width"] > PHONE_PX * 0.9

    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_controls_are_large_enough_to_touch(
        self, page_of: Callable[..., Page], teacher: User, running: Lesson, language: str
    ) -> None:
        page = page_of(teacher, language)
        page.goto("/schedule/")

        for control in page.locator("main :is(button, .button, input, select):visible").all():
            box = control.bounding_box()
            assert box is not None
            assert box["height"] >= 44, control.evaluate("each => each.outerHTML")


class TestKeyboard:
    def test_tab_leads_from_the_skip_link_to_the_class(
        self, page_of: Callable[..., Page], teacher: User, running: Lesson
    ) -> None:
        page = page_of(teacher)
        page.goto("/schedule/")

        page.keyboard.press("Tab")
        skip = page.locator(".skip-link")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        assert page.url.endswith("#main")
        reached = []
        for _ in range(8):
            page.keyboard.press("Tab")
            reached.append(focused(page))

        # The next class, the ways to other weeks, the table; the day list is hidden.
        address = f"/schedule/lessons/{running.code}/"
        assert reached[:2] == [address, "进入课堂"]
        assert reached[-2:] == ["跳转", address]

    def test_enter_key_enters_the_class(
        self, page_of: Callable[..., Page], teacher: User, running: Lesson, local_cloud: LocalCloud
    ) -> None:
        page = page_of(teacher)
        page.goto(f"/schedule/lessons/{running.code}/")

        for _ in range(20):
            page.keyboard.press("Tab")
            if focused(page) == "进入课堂":
                break
        page.keyboard.press("Enter")

        page.wait_for_url(f"{local_cloud.class_url}?**")

    def test_focus_is_seen(
        self, page_of: Callable[..., Page], teacher: User, running: Lesson
    ) -> None:
        page = page_of(teacher)
        page.goto("/schedule/")

        for _ in range(12):
            page.keyboard.press("Tab")
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", focused(page)


def focused(page: Page) -> str:
    """The address of the focused link, or the text of the focused button."""
    script = """() => {
        const each = document.activeElement;
        return each.getAttribute("href") || each.textContent.trim();
    }"""
    return str(page.evaluate(script))


class TestEntering:
    @pytest.mark.parametrize(
        ("who", "role"),
        [("teacher", "teacher"), ("assistant", "assistant"), ("student", "student")],
    )
    def test_one_click_leads_into_the_class(
        self,
        request: pytest.FixtureRequest,
        page_of: Callable[..., Page],
        running: Lesson,
        local_cloud: LocalCloud,
        who: str,
        role: str,
    ) -> None:
        page = page_of(request.getfixturevalue(who))
        page.goto("/schedule/")

        page.get_by_role("button", name="进入课堂").click()

        page.wait_for_url(f"{local_cloud.class_url}?**")
        expect(page.locator("main")).to_have_attribute("data-role", role)
        page.go_back()
        assert page.url.endswith("/schedule/")


class TestWithoutScripts:
    @pytest.fixture
    def plain(self, browser: Browser, live_site: str) -> Iterator[Page]:
        """A visitor whose browser runs no scripts."""
        context = browser.new_context(
            base_url=live_site, java_script_enabled=False, locale="zh-CN", viewport=WIDE
        )
        yield context.new_page()
        context.close()

    def test_from_the_sign_in_into_the_class(
        self, plain: Page, teacher: User, running: Lesson, local_cloud: LocalCloud
    ) -> None:
        teacher.set_password(PASSWORD)
        teacher.save()

        sign_in(plain, teacher.username, PASSWORD)
        plain.get_by_role("link", name="下一周").click()
        plain.get_by_role("link", name="本周").click()
        plain.locator("#day").fill("2022-10-26")
        plain.get_by_role("button", name="跳转").click()
        expect(plain.get_by_role("columnheader").first).to_have_text("周一 24 廿九")
        plain.get_by_role("button", name="English").click()
        expect(plain.get_by_role("link", name="This week")).to_be_visible()
        plain.get_by_role("button", name="Enter the class").click()

        plain.wait_for_url(f"{local_cloud.class_url}?**")
        expect(plain.locator("main")).to_have_attribute("data-role", "teacher")
