"""What axe finds on the pages that everybody sees, in light and dark, on a phone and a wide screen."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from accounts.models import User
from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware
from replays.enums import ReplayState
from schedule.models import ClassGroup, Lesson
from tests.conftest import sign_in
from tests.factories.courseware import RESULTS, BindingFactory, CoursewareFactory
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import LessonFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("scheme", ["light", "dark"]),
    pytest.mark.parametrize("width", [360, 1440]),
]
Scheme = Literal["light", "dark"]

SERIOUS = {"serious", "critical"}
PASSWORD = "correct horse battery"


def look(page: Page, width: int, scheme: Scheme) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)


def serious_faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {node['html']}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


def is_wider_than_the_window(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def test_sign_in_page(page: Page, width: int, scheme: Scheme):
    look(page, width, scheme)

    page.goto("/accounts/login/")

    assert serious_faults(page) == []
    assert not is_wider_than_the_window(page)


def test_timetable_and_lesson(
    page: Page, teacher: User, lesson: Lesson, width: int, scheme: Scheme
):
    teacher.set_password(PASSWORD)
    teacher.save()
    look(page, width, scheme)
    sign_in(page, teacher.username, PASSWORD)

    for path in (f"/schedule/{lesson.starts_at:%Y-%m-%d}/", f"/schedule/lessons/{lesson.code}/"):
        page.goto(path)
        assert serious_faults(page) == [], path
        assert not is_wider_than_the_window(page), path


def test_replays(
    page: Page,
    planner: User,
    teacher: User,
    class_group: ClassGroup,
    width: int,
    scheme: Scheme,
):
    planner.set_password(PASSWORD)
    planner.save()
    replays = {
        state: ReplayFactory.create(
            lesson=LessonFactory.create(teacher=teacher, class_groups=[class_group]), state=state
        )
        for state in ReplayState
    }
    for number in (1, 2):
        ReplayFileFactory.create(
            replay=replays[ReplayState.READY], number=number, url="http://127.0.0.1:9/f0.mp4"
        )
    look(page, width, scheme)
    sign_in(page, planner.username, PASSWORD)

    for path in (
        "/replays/",
        "/replays/?q=nothing&from=nonsense",
        *(f"/replays/{replay.code}/" for replay in replays.values()),
        f"/replays/{replays[ReplayState.NONE].code}/play/",
    ):
        page.goto(path)
        assert serious_faults(page) == [], path
        assert not is_wider_than_the_window(page), path


def test_courseware(page: Page, planner: User, lesson: Lesson, width: int, scheme: Scheme):
    planner.set_password(PASSWORD)
    planner.save()
    shown = [
        CoursewareFactory.create(state=state, percent=40, tags=["语文", "一年级"])
        for state in CoursewareState
    ]
    kinds = [CoursewareFactory.create(suffix=suffix) for suffix in ("png", "mp3", "mp4", "pptx")]
    Courseware.objects.filter(suffix="pptx").update(result_url=f"{RESULTS}/1_tiw/h5/index.html")
    Courseware.objects.filter(state=CoursewareState.FAILED).update(failure=Failure.CLOUD)
    BindingFactory.create(courseware=shown[0], lesson=lesson)
    page.route("**/*.qcloudclass.com/**", lambda route: route.abort())
    look(page, width, scheme)
    sign_in(page, planner.username, PASSWORD)

    for path in (
        "/courseware/",
        "/courseware/?q=nothing&state=nonsense",
        *(f"/courseware/{each.code}/" for each in shown),
        *(f"/courseware/{each.code}/preview/" for each in (*shown, *kinds)),
    ):
        page.goto(path)
        assert serious_faults(page) == [], path
        assert not is_wider_than_the_window(page), path

    page.goto(f"/courseware/{shown[0].code}/")
    page.get_by_text("删除…").click()
    page.get_by_role("button", name="确认删除").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("有课正在使用这个课件")
    assert serious_faults(page) == []
    assert not is_wider_than_the_window(page)
