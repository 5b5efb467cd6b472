"""A week on paper."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from itertools import product

import pypdfium2
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import SchoolSettings, User
from schedule.models import ClassGroup, Lesson
from schedule.terms.bells.bell_times import even_bells
from schedule.terms.writing import set_bell_times
from schedule.timetable.day import NOT_FOLDED
from schedule.week_grid import DAYS_A_WEEK
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    TermFactory,
    school_time,
)

pytestmark = pytest.mark.browser

A_DAY, DAYS = 8, 5
SHEET = re.compile(rb"/Type\s*/Page\b")
LANDSCAPE_A4 = re.compile(rb"/MediaBox\s*\[0 0 84[12][.\d]* 59[45][.\d]*\]")


@pytest.fixture
def full_week(teacher: User, class_group: ClassGroup) -> str:
    """The path of a week to come, of forty lessons with all that cards say, and rather long."""
    course = CourseFactory.create(name="道德与法治（拓展班）")
    groups = [class_group, ClassGroupFactory.create(name="国际部三年级实验4班")]
    monday = 2 * DAYS_A_WEEK - timezone.localdate().weekday()
    term = TermFactory.create(first_monday=school_time(monday, 8).date(), weeks=1)
    hour, length = dt.timedelta(hours=1), dt.timedelta(minutes=45)
    set_bell_times(term, even_bells(A_DAY, first=dt.time(8), length=length, between=hour - length))
    for number in range(A_DAY * DAYS):
        LessonFactory.create(
            course=course,
            teacher=teacher,
            class_groups=groups,
            title=f"第{number + 1}讲 我们生活在同一个地球上：珍惜每一滴水",
            starts_at=school_time(monday + number // A_DAY, 8 + number % A_DAY),
        )
    return f"/schedule/{school_time(monday, 8):%Y-%m-%d}/"


def test_full_week_is_one_sheet_that_says_whose_it_is(
    page_of: Callable[..., Page], planner: User, full_week: str
):
    SchoolSettings.objects.create(pk=1, school_name="实验小学")
    for language in ("zh-hans", "en"):
        page = page_of(planner, language)
        page.emulate_media(media="screen")
        page.goto(f"{full_week}?teacher=teacher")
        owner = page.get_by_text("实验小学 · 李老师", exact=True)
        expect(owner, language).to_be_hidden()

        page.emulate_media(media="print")
        printed = page.pdf(prefer_css_page_size=True)

        sheets = (len(SHEET.findall(printed)), len(LANDSCAPE_A4.findall(printed)))
        assert (language, *sheets) == (language, 1, 1)
        expect(owner, language).to_be_visible()
        expect(page.locator(".week .lesson"), language).to_have_count(A_DAY * DAYS)
        expect(page.locator(".week .row-times:visible"), language).to_have_count(A_DAY)
        tools = page.locator("form:visible, button:visible, nav:visible")
        expect(tools, language).to_have_count(0)


def test_own_week_bears_one_s_name(page_of: Callable[..., Page], student: User):
    page = page_of(student)
    page.goto("/schedule/")
    page.emulate_media(media="print")

    expect(page.locator(".week-owner")).to_have_text(f"云课堂 · {student.display_name}")


def test_day_on_paper_is_its_lessons_alone(page_of: Callable[..., Page], planner: User):
    lesson = LessonFactory.create()
    page = page_of(planner)
    page.goto(f"/schedule/today/?day={timezone.localtime(lesson.starts_at):%Y-%m-%d}")
    expect(page.get_by_text("请假…")).to_be_visible()

    page.emulate_media(media="print")

    expect(page.locator(".day-row")).to_contain_text(lesson.course.name)
    expect(page.locator(".button:visible, button:visible, nav:visible")).to_have_count(0)


def test_folded_lessons_of_a_day_are_on_paper(page_of: Callable[..., Page], planner: User):
    for number in range(NOT_FOLDED + 1):
        LessonFactory.create(starts_at=school_time(2, 8 + number % 2))
    page = page_of(planner)
    page.goto(f"/schedule/today/?day={school_time(2, 8):%Y-%m-%d}")
    expect(page.locator(".day-row:visible")).to_have_count(0)

    page.emulate_media(media="print")
    printed = pypdfium2.PdfDocument(page.pdf())

    text = "".join(sheet.get_textpage().get_text_bounded() for sheet in printed)
    assert [text.count(group.name) for group in ClassGroup.objects.all()] == [1] * (NOT_FOLDED + 1)


@pytest.fixture
def full_weeks() -> tuple[str, list[str]]:
    """The path of a week of class groups on paper, and their names: full, fuller, overfull, and with one lesson."""
    monday = 2 * DAYS_A_WEEK - timezone.localdate().weekday()
    names = ["三年级1班", "三年级2班", "三年级3班", "国际部三年级实验4班"]
    course = CourseFactory.create(name="道德与法治（综合实践活动与家校共育拓展班）")
    for name, days, lessons_a_day, minutes in zip(
        names, (DAYS, 2, 1, 1), (8, 14, 22, 1), (60, 60, 45, 60), strict=True
    ):
        group = ClassGroupFactory.create(name=name)
        for day, number in product(range(days), range(lessons_a_day)):
            LessonFactory.create(
                course=course,
                class_groups=[group],
                title=f"第{number + 1}讲 我们生活在同一个地球上：珍惜每一滴水",
                starts_at=school_time(monday + day, 6) + number * dt.timedelta(minutes=minutes),
            )
    ClassGroupFactory.create(name="没有课的班")
    return f"/schedule/{school_time(monday, 8):%Y-%m-%d}/print/", names


def test_class_groups_are_a_sheet_each_that_bears_its_name(
    page_of: Callable[..., Page], planner: User, full_weeks: tuple[str, list[str]]
):
    path, names = full_weeks
    page = page_of(planner)
    page.goto(path)
    expect(page.get_by_role("link", name=names[0], exact=True)).to_be_visible()

    page.emulate_media(media="print")
    printed = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))

    texts = ["".join(sheet.get_textpage().get_text_bounded().split()) for sheet in printed]
    assert len(texts) == len(names)
    assert all(text.startswith(f"云课堂·{name}") for text, name in zip(texts, names, strict=True))
    assert [text.count("道德与法治") for text in texts] == [40, 28, 22, 1]
    assert {(round(sheet.get_width()), round(sheet.get_height())) for sheet in printed} == {
        (842, 595)
    }
    expect(page.locator("button:visible, nav:visible, .print-contents:visible")).to_have_count(0)


def test_button_prints(page_of: Callable[..., Page], planner: User, lesson: Lesson):
    page = page_of(planner)
    page.goto(f"/schedule/{timezone.localdate(lesson.starts_at)}/print/")
    page.evaluate("window.print = () => { document.title = 'printed'; }")
    expect(page.locator("[data-prints-by-hand]")).to_be_hidden()

    page.get_by_role("button", name="打印", exact=True).click()

    expect(page).to_have_title("printed")
