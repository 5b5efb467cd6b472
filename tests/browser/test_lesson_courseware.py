"""A teacher chooses courseware for a lesson, and hears of what is not ready, without a script."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from courseware.enums import BindTrouble, CoursewareState, Release
from courseware.models import Binding
from courseware.services.readiness import tell_of_unready
from schedule.models import Lesson
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.support.eyes import faults_at

pytestmark = pytest.mark.browser


def make_near(lesson: Lesson) -> None:
    """Let the lesson begin within a day, whatever time it is now."""
    now = timezone.now()
    Lesson.objects.filter(pk=lesson.pk).update(
        starts_at=now + dt.timedelta(hours=1), ends_at=now + dt.timedelta(hours=2)
    )


def test_choosing_ordering_and_taking_out(
    page_of: Callable[..., Page], teacher: User, lesson: Lesson
):
    for name in ("古诗.pdf", "拼音.pdf"):
        CoursewareFactory.create(owner=teacher, name=name)
    page = page_of(teacher)
    page.goto(f"/schedule/lessons/{lesson.code}/")

    page.get_by_role("link", name="选择课件").click()
    for name in ("古诗.pdf", "拼音.pdf"):
        page.get_by_role("checkbox", name=name).check()
        page.get_by_role("button", name="添加到这节课").click()
        expect(page.get_by_role("status")).to_have_text(f"已添加：{name}")
    page.get_by_role("button", name="上移 拼音.pdf").click()
    page.get_by_label("学生下载").first.select_option("before")
    page.get_by_role("button", name="保存 拼音.pdf").click()
    page.get_by_role("button", name="移出 古诗.pdf").click()
    page.get_by_role("link", name="查看这节课").click()

    line = page.get_by_role("region", name="课件").get_by_role("listitem")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("拼音.pdf")
    binding = Binding.objects.get(courseware__name="拼音.pdf")
    assert binding.release == Release.BEFORE


def test_bell_leads_to_the_lesson(page_of: Callable[..., Page], teacher: User, lesson: Lesson):
    make_near(lesson)
    BindingFactory.create(lesson=lesson, courseware__state=CoursewareState.FAILED)
    tell_of_unready(timezone.now())
    page = page_of(teacher)
    page.goto("/schedule/")

    page.get_by_role("link", name="通知 未读： 1").click()
    page.get_by_role("button", name="查看这节课").click()

    expect(page).to_have_url(re.compile(f"/schedule/lessons/{lesson.code}/$"))
    expect(page.get_by_text("△ 课件未就绪")).to_be_visible()
    expect(page.get_by_role("link", name="通知", exact=True)).to_be_visible()


def test_pages_are_accessible(page_of: Callable[..., Page], teacher: User, lesson: Lesson):
    make_near(lesson)
    BindingFactory.create(
        lesson=lesson,
        courseware__name="一个名字很长很长的课件，讲的是三年级上学期语文第十二课《总也倒不了的老屋》.pdf",
        trouble=BindTrouble.LIMIT,
        due_at=timezone.now(),
    )
    BindingFactory.create(
        lesson=lesson, courseware__state=CoursewareState.TRANSCODING, is_from_course=True
    )
    for public in (True, False):
        CoursewareFactory.create(owner=teacher, is_public=public)
    tell_of_unready(timezone.now())

    faults = faults_at(
        page_of(teacher),
        "/schedule/",
        f"/schedule/lessons/{lesson.code}/",
        f"/courseware/lessons/{lesson.code}/",
        f"/courseware/lessons/{lesson.code}/?q=nothing",
        "/accounts/notices/",
    )

    assert faults == []
