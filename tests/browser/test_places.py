"""A planner finds where a lesson could be: by dragging, by keyboard on a phone, and axe finds nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.models import ClassGroup, Lesson
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.writing import set_bell_times
from schedule.week_grid import monday_of
from tests.factories.schedule import (
    LessonFactory,
    TermFactory,
    WeeklyLessonFactory,
    school_time,
)
from tests.support.eyes import faults_at, is_wider_than_the_window

pytestmark = pytest.mark.browser


def path_of(lesson: Lesson) -> str:
    """Its places in the week after that of the lesson: all of them are to come."""
    week = timezone.localdate(lesson.starts_at) + dt.timedelta(weeks=1)
    return f"/schedule/lessons/{lesson.code}/places/?week={week}"


def test_lesson_is_dragged_to_a_free_place(
    page_of: Callable[..., Page], planner: User, lesson: Lesson
) -> None:
    moved = LessonFactory.create(starts_at=school_time(8, 8))
    page = page_of(planner)
    page.goto(f"/schedule/lessons/{moved.code}/places/")
    when = school_time(8, 9)

    place = page.locator(f'button[value="{timezone.localtime(when):%Y-%m-%d %H:%M}"]')
    page.locator("[data-dragged]").drag_to(place)

    expect(page.get_by_text("已改时间：")).to_be_visible()
    moved.refresh_from_db()
    assert moved.starts_at == when


def test_place_is_chosen_by_keyboard_on_a_phone(
    page_of: Callable[..., Page], planner: User, lesson: Lesson
) -> None:
    page = page_of(planner)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/schedule/lessons/{lesson.code}/")
    page.get_by_role("link", name="哪里有空").press("Enter")
    page.get_by_role("link", name="下一周").press("Enter")
    reason = page.get_by_label("原因")
    reason.fill("调课")
    # It presses no button: a place is never chosen by mistake.
    reason.press("Enter")
    expect(reason).to_have_value("调课")
    assert not is_wider_than_the_window(page)

    page.get_by_role("button", name="16:00").first.press("Enter")

    expect(page.get_by_text("已改时间：")).to_be_visible()


def test_axe_finds_nothing(
    page_of: Callable[..., Page], planner: User, lesson: Lesson, class_group: ClassGroup
) -> None:
    term = TermFactory.create(first_monday=monday_of(timezone.localdate()))
    set_bell_times(term, read_bells("08:00-08:45,08:55-09:40,14:00-14:45"))
    LessonFactory.create(class_groups=[class_group], starts_at=school_time(9, 8))
    LessonFactory.create(class_groups=[class_group], starts_at=school_time(10, 14, 5))
    weekly_lesson = WeeklyLessonFactory.create(term=term)
    WeeklyLessonFactory.create(term=term, teacher=weekly_lesson.teacher, weekday=2)
    page = page_of(planner)

    faults = faults_at(page, path_of(lesson))
    faults += faults_at(page, f"/schedule/terms/{term.code}/weekly/{weekly_lesson.code}/places/")

    assert faults == []
