"""A planner takes the weekly lessons of a term over from a file, and axe finds nothing on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from schedule.models import Lesson
from tests.factories.schedule import TermFactory, WeeklyLessonFactory
from tests.support.eyes import faults_of
from tests.support.sheets import csv_of

pytestmark = pytest.mark.browser

HEAD = "课程,老师,班级,星期,开始,结束,周次,课堂类型,录制"


def test_weekly_lessons_come_in_from_a_file(
    page_of: Callable[..., Page], planner: User, lesson: Lesson, other_teacher: User, tmp_path: Path
) -> None:
    page = page_of(planner)
    term = TermFactory.create(name="2026-2027学年第一学期")
    WeeklyLessonFactory.create(term=term, teacher=other_teacher, source="file", weekday=5)
    other = other_teacher.username
    file = tmp_path / "课程.csv"

    def check(*rows: str) -> None:
        file.write_bytes(csv_of(HEAD, *rows))
        page.locator("#id_file").set_input_files(file)
        page.get_by_role("button", name="检查文件").click()

    page.goto(f"/schedule/terms/{term.code}/import/")
    check("数学课,nobody,1班,八,8:00,9:45,,,")
    expect(page.get_by_text("文件中有 2 处错误")).to_be_visible()
    faults = faults_of(page)
    check(f"数学课,{other},1班,1,8:00,8:45,,,", f"语文课,{other},2班,1,8:00,8:45,,,")
    expect(page.get_by_role("link", name="冲突 (1)")).to_be_visible()
    faults += faults_of(page)
    check(f"数学课,{other},1班,1,8:00,8:45,单周,,")
    expect(page.get_by_role("link", name="删除 (1)")).to_be_visible()
    faults += faults_of(page)
    if page.locator("input[name=makes]").count():
        page.locator("input[name=makes]").check()
    page.get_by_role("button", name="导入此文件").click()
    expect(page.get_by_text("每周安排：新增 1，更改 0，不变 0，删除 1。")).to_be_visible()

    assert faults == []
    assert term.weekly_lessons.get().weeks == "odd"
