"""A planner sees to a day's absence: by keyboard, on a phone, without scripts; and axe finds nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.models import ClassGroup, Lesson
from tests.factories.schedule import LessonFactory, school_time
from tests.support.eyes import faults_at, faults_of, is_wider_than_the_window

pytestmark = pytest.mark.browser


@pytest.fixture
def afternoon(lesson: Lesson, class_group: ClassGroup) -> Lesson:
    """Another lesson of the teacher, after the first one."""
    return LessonFactory.create(
        course=lesson.course,
        teacher=lesson.teacher,
        class_groups=[class_group],
        starts_at=school_time(1, 14),
    )


def test_day_is_seen_to_by_keyboard_on_a_phone(
    page_of: Callable[..., Page],
    planner: User,
    lesson: Lesson,
    afternoon: Lesson,
    other_teacher: User,
) -> None:
    page = page_of(planner)
    page.set_viewport_size({"width": 360, "height": 740})
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    page.goto(f"/schedule/{tomorrow}/?teacher=teacher")
    page.get_by_role("link", name="请假…").press("Enter")
    page.get_by_label("从（日期）").fill(str(tomorrow))
    page.get_by_label("到（日期）").fill(str(tomorrow))
    page.get_by_role("button", name="查看", exact=True).press("Enter")
    expect(page.get_by_text("共 2 节课，还有 2 节待安排。")).to_be_visible()

    first = page.locator(f"#lesson-{lesson.code}")
    first.get_by_role("button", name="安排代课").press("Enter")
    expect(page.get_by_text("已安排 陈助教 为 李老师 代课：")).to_be_visible()
    second = page.locator(f"#lesson-{afternoon.code}")
    second.get_by_role("link", name="调课、改时间、取消上课…").press("Enter")
    expect(second.get_by_role("heading", name="改时间")).to_be_visible()
    start = second.get_by_label("开始", exact=True)
    start.fill("15:00")
    second.get_by_label("日期", exact=True).fill(str(tomorrow + dt.timedelta(days=7)))
    second.get_by_role("button", name="改时间").press("Enter")

    expect(page.get_by_text("这些日期的课都已安排好。")).to_be_visible()
    assert not is_wider_than_the_window(page)
    afternoon.refresh_from_db()
    assert afternoon.starts_at == school_time(8, 15)


def test_axe_finds_nothing(
    page_of: Callable[..., Page],
    planner: User,
    lesson: Lesson,
    afternoon: Lesson,
    assistant: User,
) -> None:
    page = page_of(planner)
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    absence = f"/schedule/absences/?teacher=teacher&from={tomorrow}&to={tomorrow}"

    faults = faults_at(page, f"{absence}&lesson={lesson.code}")
    page.locator(".absence-all summary").click()
    LessonFactory.create(teacher=assistant, starts_at=school_time(1, 14, 15))
    page.get_by_role("button", name="按此安排全部代课").click()
    expect(page.get_by_role("heading", name="该时间有人已有课")).to_be_visible()
    faults += faults_of(page)

    assert faults == []
