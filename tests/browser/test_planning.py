"""Planners' pages in a browser: few clicks lead there from the timetable, and axe finds nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.lessons.cancel import cancel_lesson
from schedule.models import Lesson
from tests.factories.schedule import school_time
from tests.support.eyes import PHONE_PX, faults_at, faults_of

pytestmark = pytest.mark.browser


def test_pages_of_planning(
    page_of: Callable[..., Page], planner: User, lesson: Lesson, student: User
) -> None:
    page = page_of(planner)
    path = f"/schedule/lessons/{lesson.code}/"
    day = timezone.localdate(lesson.starts_at)

    # What a lesson is made and changed by is looked at below, with more on it; cancelling looks like deleting.
    faults = faults_at(page, f"{path}delete/", path)
    page.goto(f"{path}change/")
    page.get_by_label("开始", exact=True).fill("09:00")
    page.get_by_label("结束", exact=True).fill("09:45")
    page.get_by_role("button", name="检查").click()
    expect(page.get_by_text("尚未保存。")).to_be_visible()
    faults += faults_of(page)
    page.goto("/schedule/lessons/new/?class_group=三年级1班&teacher=teacher&course=语文课")
    page.get_by_label("日期").fill(str(day))
    page.get_by_label("开始", exact=True).fill("08:00")
    page.get_by_label("结束", exact=True).fill("08:45")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="该时间有人已有课")).to_be_visible()
    faults += faults_of(page)

    assert faults == []


def test_lesson_is_moved_and_cancelled_in_three_clicks_from_the_timetable(
    page_of: Callable[..., Page], planner: User, lesson: Lesson, other_teacher: User
) -> None:
    page = page_of(planner)
    week = f"/schedule/{timezone.localdate(lesson.starts_at)}/?teacher=teacher"

    page.goto(week)
    page.locator("a.lesson").click()
    page.get_by_role("link", name="修改或改时间").click()
    page.get_by_label("开始", exact=True).fill("10:00")
    page.get_by_label("结束", exact=True).fill("10:45")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已修改这节课。")).to_be_visible()
    lesson.refresh_from_db()
    assert lesson.starts_at == school_time(1, 10)

    page.goto(week)
    page.locator("a.lesson").click()
    page.get_by_role("link", name="取消上课…").click()
    page.get_by_role("button", name="取消这节课").click()
    expect(page.get_by_text("已取消这节课。")).to_be_visible()
    lesson.refresh_from_db()
    assert lesson.is_cancelled


def test_empty_place_begins_a_lesson_by_mouse_and_by_keyboard(
    page_of: Callable[..., Page], planner: User, lesson: Lesson
) -> None:
    cancel_lesson(lesson, reason="", at=timezone.now())
    page = page_of(planner)
    week = f"/schedule/{timezone.localdate(lesson.starts_at)}/?teacher=teacher"
    page.goto(week)
    place = page.locator("a.empty-place").last
    leads_there = re.compile(f"{re.escape(str(place.get_attribute('href')))}$")

    place.click()
    expect(page).to_have_url(leads_there)
    page.goto(week)
    page.locator("a.empty-place").last.focus()
    page.keyboard.press("Enter")

    expect(page).to_have_url(leads_there)
    expect(page.get_by_label("老师", exact=True)).to_have_value("teacher")


def test_fields_of_a_row_are_alike_and_boxes_stand_beside_their_words(
    page_of: Callable[..., Page], planner: User
) -> None:
    page = page_of(planner)
    page.goto("/schedule/lessons/new/")

    for width in (1280, PHONE_PX):
        page.set_viewport_size({"width": width, "height": 800})
        heights = {
            page.get_by_label(label, exact=True).bounding_box()["height"]  # type: ignore[index]
            for label in ("班级", "日期", "开始")
        }
        box = page.get_by_label("不通知任何人").bounding_box()
        words = page.get_by_text("不通知任何人").bounding_box()

        assert max(heights) - min(heights) < 4, width
        assert box is not None
        assert words is not None
        assert box["x"] + box["width"] <= words["x"], width
        assert words["y"] <= box["y"] + box["height"] / 2 <= words["y"] + words["height"], width
