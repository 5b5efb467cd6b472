"""Attendance in a browser, as a teacher, a student, a class teacher and the office use it; axe finds nothing on its pages."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect

from accounts.models import SchoolSettings, User
from attendance.absences.telling import tell_absences
from attendance.models import RoomStatistics
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Course
from schedule.week_grid import monday_of
from tests.factories.accounts import UserFactory
from tests.factories.attendance import add_stay, counted_lesson
from tests.factories.schedule import CourseFactory, MembershipFactory, TermFactory
from tests.support.eyes import faults_at, faults_of
from tests.support.guests import guest_of

# Each goes through many pages.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

# The minutes in which each came and left; None: they did not come.
Stays = dict[User, tuple[float, float] | None]


@pytest.fixture
def course(live_site: str) -> Course:
    return CourseFactory.create(name="语文课")


@pytest.fixture
def classmate(class_group: ClassGroup) -> User:
    person: User = UserFactory.create(username="classmate", display_name="李小红")
    MembershipFactory.create(user=person, class_group=class_group)
    return person


@pytest.fixture
def class_teacher(other_teacher: User, class_group: ClassGroup) -> User:
    MembershipFactory.create(
        user=other_teacher, class_group=class_group, kind=MembershipKind.CLASS_TEACHER
    )
    return other_teacher


@pytest.fixture
def term(live_site: str) -> None:
    TermFactory.create(first_monday=monday_of(timezone.localdate() - dt.timedelta(days=14)))


def row_of(page: Page, name: str) -> Locator:
    return page.locator("tr", has_text=name)


def correct(page: Page, name: str, state: str, reason: str) -> None:
    page.get_by_label(name).check()
    page.get_by_label("更正为").select_option(label=state)
    page.get_by_label("理由").fill(reason)
    page.get_by_role("button", name="更正", exact=True).click()


@pytest.mark.usefixtures("term")
def test_teacher_corrects_who_was_there_and_the_student_hears_of_it(
    page_of: Callable[..., Page],
    teacher: User,
    class_group: ClassGroup,
    student: User,
    classmate: User,
    course: Course,
):
    stays: Stays = {student: None, classmate: (7, 40)}
    lesson = counted_lesson(teacher, class_group, stays, course=course, title="静夜思").lesson
    guest_of(lesson, "李作家", "guest")
    add_stay(RoomStatistics.objects.get(room__lesson=lesson), "guest", 3, 20)
    page = page_of(teacher)

    page.goto(f"/schedule/lessons/{lesson.code}/")
    expect(page.get_by_text("1 / 2 名学生到课")).to_be_visible()
    faults = faults_of(page)
    page.get_by_role("link", name="到课情况").click()
    expect(row_of(page, "李小红")).to_contain_text("迟到")
    expect(row_of(page, "王小明")).to_contain_text("缺勤")
    expect(row_of(page, "李作家")).to_contain_text("17 分")
    faults += faults_of(page)
    correct(page, "王小明", "请假", "发烧，家长来电")

    expect(page.get_by_role("status")).to_have_text("1 人现在记为“请假”。")
    expect(row_of(page, "王小明")).to_contain_text("发烧，家长来电")
    faults += faults_of(page)

    page = page_of(student)
    page.goto("/accounts/notices/")
    notice = page.locator(".notice-row").first
    expect(notice).to_contain_text("李老师 更正，现在记为“请假”")
    notice.get_by_role("button", name="查看这节课").click()
    expect(page.locator("main")).to_contain_text("发烧，家长来电")
    page.goto("/attendance/")
    expect(row_of(page, "静夜思")).to_contain_text("请假")
    faults += faults_of(page)
    assert faults == []


@pytest.mark.usefixtures("term")
def test_class_teacher_hears_of_absences_and_corrects_a_child(
    page_of: Callable[..., Page],
    teacher: User,
    class_teacher: User,
    class_group: ClassGroup,
    student: User,
    classmate: User,
    course: Course,
):
    for days, first_min in ((-9, 0), (-2, 7)):
        stays: Stays = {student: (first_min, 45), classmate: (0, 30)}
        counted_lesson(teacher, class_group, stays, days=days, course=course)
    stays = {student: (0, 45), classmate: None}
    counted_lesson(teacher, class_group, stays, course=course, title="静夜思")
    SchoolSettings.objects.update_or_create(defaults={"absences_told_at_hour": 0})
    tell_absences(timezone.now())
    page = page_of(class_teacher)

    page.goto("/accounts/notices/")
    notice = page.locator(".notice-row").first
    expect(notice).to_contain_text("三年级1班 有 1 人次无故缺勤：李小红")
    page.goto(f"/attendance/class-groups/{class_group.code}/")
    expect(row_of(page, "李小红")).to_contain_text("66.6%")
    faults = faults_of(page)
    page.get_by_role("link", name="李小红").click()
    expect(row_of(page, "静夜思")).to_contain_text("缺勤")
    faults += faults_of(page)
    page.get_by_role("link", name="静夜思").click()
    correct(page, "李小红", "迟到", "网络故障")

    expect(page.get_by_role("status")).to_have_text("1 人现在记为“迟到”。")
    page.goto(f"/attendance/class-groups/{class_group.code}/")
    expect(row_of(page, "李小红")).to_contain_text("100%")
    faults += faults_at(page, f"/attendance/class-groups/{class_group.code}/print/")
    assert faults == []


@pytest.mark.usefixtures("term")
def test_office_asks_again_for_what_has_not_come_and_takes_the_month(
    page_of: Callable[..., Page],
    planner: User,
    teacher: User,
    class_group: ClassGroup,
    student: User,
    course: Course,
):
    stays: Stays = {student: (0, 45)}
    held = counted_lesson(teacher, class_group, stays, course=course, title="静夜思").lesson
    waiting = counted_lesson(teacher, class_group, {}, days=-2, has_come=False, course=course)
    waiting.people.filter(person=student).update(corrected_state="excused", corrected_by=planner)
    page = page_of(planner)

    page.goto("/schedule/today/")
    line = page.locator("li", has_text="1 节课的考勤还没有取得")
    line.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("尚无数据的考勤")
    faults = faults_of(page)
    page.goto("/schedule/today/")
    line.get_by_role("button", name="立即再次查询").click()
    expect(page.get_by_text("正在再次查询 1 个课堂的考勤。")).to_be_visible()
    assert RoomStatistics.objects.exclude(due_at=None).count() == 1

    page.goto("/attendance/")
    page.get_by_label(re.compile("月份")).fill(f"{held.starts_at:%Y-%m}")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载 XLSX").click()
    book = load_workbook(io.BytesIO(download.value.path().read_bytes()), read_only=True)
    assert "静夜思" in [row[4] for row in book.worksheets[0].values]
    faults += faults_of(page)
    faults += faults_at(
        page,
        f"/schedule/lessons/{waiting.lesson.code}/attendance/",
        f"/attendance/courses/{course.code}/",
    )
    assert faults == []
