"""The teacher ends the class, and nobody is left in a dead tab."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from accounts.models import User
from classroom.client import application
from classroom.client.application import Scene
from classroom.client.rate_limits import Priority
from schedule.door.people import note_entry
from schedule.enums import CloudStatus
from schedule.models import ClassGroup, Lesson, Room
from tests.factories.schedule import CourseFactory, LessonFactory
from tests.support.cloud import LocalCloud
from tests.support.visitors import sign_in_as, visitor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

OFTEN_MS = 3_000  # less than the pause of a page that waits for an end
KNOWN_WITHIN_MS = 30_000  # less than the shortest pause of pages that do not wait for an end


@pytest.fixture
def running(teacher: User, class_group: ClassGroup) -> Lesson:
    now = timezone.now().replace(microsecond=0)
    return LessonFactory.create(
        course=CourseFactory.create(name="语文课"),
        teacher=teacher,
        class_groups=[class_group],
        starts_at=now - dt.timedelta(minutes=5),
        ends_at=now + dt.timedelta(minutes=40),
    )


def enter(page: Page, site: str, user: User, lesson: Lesson, cloud: LocalCloud) -> None:
    sign_in_as(page.context, site, user)
    page.goto(f"/schedule/lessons/{lesson.code}/")
    page.get_by_role("button", name="进入课堂").click()
    page.wait_for_url(f"{cloud.class_url}?**")


def test_class_page_follows_the_class_and_then_leads_to_the_lesson(
    browser: Browser,
    page: Page,
    live_site: str,
    local_cloud: LocalCloud,
    running: Lesson,
    teacher: User,
    student: User,
) -> None:
    home = Scene("default", home_url=f"{live_site}/schedule/after-class/")
    application.set_scenes([home], Priority.BACKGROUND)
    with visitor(browser, live_site) as of_student:
        enter(of_student, live_site, student, running, local_cloud)
        enter(page, live_site, teacher, running, local_cloud)

        page.get_by_role("button", name="上课").click()
        expect(of_student.get_by_text("正在上课")).to_be_visible()
        page.get_by_role("button", name="下课").click()

        for each in (page, of_student):
            each.wait_for_url("**/schedule/after-class/")
            title = each.get_by_role("heading", level=1)
            expect(title).to_have_text(running.title)
            expect(title.get_by_role("link")).to_have_attribute(
                "href", re.compile(rf"/schedule/lessons/{running.code}/$")
            )
            # No worker has read a callback: the browser that comes back has the cloud asked.
            expect(each.locator(".lesson-head").get_by_text("已结束")).to_be_visible(
                timeout=OFTEN_MS
            )


def test_second_page_puts_the_first_out_and_closing_it_leaves(
    page: Page, local_cloud: LocalCloud, live_site: str, running: Lesson, teacher: User
) -> None:
    enter(page, live_site, teacher, running, local_cloud)
    second = page.context.new_page()

    second.goto(page.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("您已在另一个页面进入课堂")
    second.reload()
    second.close(run_before_unload=True)

    ended = local_cloud.left(Room.objects.get().number, 3)
    assert [visit["left_s"] is None for visit in ended] == [False] * 3


def test_page_that_is_come_back_to_says_that_the_class_is_over(
    page: Page, live_site: str, local_cloud: LocalCloud, running: Lesson, teacher: User
) -> None:
    enter(page, live_site, teacher, running, local_cloud)
    earlier = timezone.now() - dt.timedelta(minutes=1)
    Room.objects.update(cloud_status=CloudStatus.RUNNING, asked_at=earlier)
    for change in ("start", "end"):
        local_cloud.change_room(Room.objects.get().number, change)

    page.go_back()

    expect(page.get_by_text("已结束")).to_be_visible(timeout=OFTEN_MS)


def test_page_after_class_says_that_the_class_is_over_as_soon_as_the_cloud_does(
    page_of: Callable[..., Page], student: User, running: Lesson
) -> None:
    Room.objects.create(lesson=running, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)
    note_entry(student, running, at=running.starts_at)
    page = page_of(student)
    page.clock.install()
    page.goto("/schedule/after-class/")
    expect(page.get_by_text("课堂仍在进行时，可以再次进入。")).to_be_visible()

    Room.objects.update(cloud_status=CloudStatus.ENDED)
    page.clock.fast_forward(KNOWN_WITHIN_MS)

    expect(page.get_by_text("这节课已结束。")).to_be_visible()
    expect(page.get_by_role("button", name="进入课堂")).to_have_count(0)
