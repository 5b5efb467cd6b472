"""A timetable of FET from its file to the term's weekly lessons, as a planner does it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.models import ClassGroup
from tests.factories.schedule import LessonFactory, TermFactory, coming_monday
from tests.support.eyes import faults_of
from tests.support.fet_files import Activity, fet_file

pytestmark = pytest.mark.browser


def test_planner_imports_a_timetable(
    page_of: Callable[..., Page],
    planner: User,
    teacher: User,
    class_group: ClassGroup,
    tmp_path: Path,
):
    term = TermFactory.create(weeks=2, first_monday=coming_monday())
    at = timezone.make_aware(dt.datetime.combine(term.first_monday, dt.time(8)))
    LessonFactory.create(teacher=teacher, starts_at=at)
    who = {"teachers": f"{teacher.display_name}+Ms Smith", "students": class_group.name}
    file = tmp_path / "week_timetable.csv"
    file.write_bytes(
        fet_file(
            [
                Activity(1, "Monday", ["8:00-8:45", "8:55-9:40"], **who),
                Activity(2, "Tuesday", ["8:00-8:45"], **{**who, "teachers": ""}),
                Activity(3, "Tuesday", ["8:55-9:40"], **who),
            ]
        )
    )
    page = page_of(planner)
    page.goto(f"/schedule/terms/{term.code}/fet/")
    faults = faults_of(page)

    page.locator("input[type=file]").set_input_files(file)
    page.locator("main form button").click()
    expect(page.locator(".fet-names .mark-waiting")).to_have_count(1)
    page.locator("button[name=check]").click()
    expect(page.locator(".fet-names .errors li")).to_have_count(1)
    expect(page.locator(".fet-names .mark-waiting")).to_have_count(1)
    faults += faults_of(page)
    page.locator("tr", has_text="Ms Smith").locator("select").select_option("new")
    page.locator("button[name=check]").click()
    expect(page.locator(".fet-faults")).to_have_count(2)
    faults += faults_of(page)
    page.locator("input[name=makes]").check()
    page.locator("button[name=save]").click()
    expect(page.locator(".messages .success")).to_be_visible()

    assert faults == []
    assert term.weekly_lessons.count() == 2
