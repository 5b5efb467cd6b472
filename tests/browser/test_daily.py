"""Days as they are: of a student on a phone in WeChat, of a teacher, and of a planner by keyboard."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from courseware.models import Courseware
from replays.models import Progress, ReplayFile
from schedule.models import ClassGroup, Lesson
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.writing import set_bell_times
from schedule.week_grid import monday_of
from tests.factories.attendance import counted_lesson
from tests.factories.courseware import CoursewareFactory
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import ClassGroupFactory, LessonFactory, TermFactory
from tests.support.cloud import LocalCloud
from tests.support.eyes import faults_of
from tests.support.visitors import look_until, open_own_menu

# Each goes through many pages.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

FILM_S, LEFT_OFF_S = 20, 12
PLAYS_ON = f"player.currentTime >= {LEFT_OFF_S} && !player.paused"


@pytest.fixture
def held(teacher: User, student: User, class_group: ClassGroup) -> Lesson:
    """Yesterday's lesson, to which the student came late."""
    first_monday = monday_of(timezone.localdate() - dt.timedelta(days=14))
    # Weeks by periods have buttons for their days.
    set_bell_times(TermFactory.create(first_monday=first_monday), read_bells("08:00-08:45"))
    counted = counted_lesson(teacher, class_group, {student: (7, 45)}, title="静夜思")
    return counted.lesson


@pytest.fixture
def film(local_cloud: LocalCloud, held: Lesson) -> ReplayFile:
    """The film of yesterday's lesson."""
    start_s = int(held.starts_at.timestamp())
    room_id = local_cloud.add_history("静夜思", start_s, start_s + FILM_S)
    film: ReplayFile = ReplayFileFactory.create(
        replay=ReplayFactory.create(lesson=held, made_at=held.ends_at),
        number=1,
        url=local_cloud.recorded(room_id)[0]["RecordUrl"],
        duration_s=FILM_S,
        started_at=held.starts_at,
    )
    return film


@pytest.fixture
def to_come(teacher: User, class_group: ClassGroup) -> Lesson:
    """The lesson of this evening or night, for which one prepares."""
    now = timezone.now().replace(microsecond=0)
    return LessonFactory.create(
        teacher=teacher,
        class_groups=[class_group],
        title="望庐山瀑布",
        starts_at=now + dt.timedelta(hours=2),
        ends_at=now + dt.timedelta(hours=3),
    )


@pytest.fixture
def slides(teacher: User) -> Courseware:
    return CoursewareFactory.create(owner=teacher, name="瀑布.pdf")


def test_student_in_wechat_finds_the_class_watches_on_and_sees_the_own_attendance(
    phone_of: Callable[..., Page], student: User, running: Lesson, film: ReplayFile
):
    Progress.objects.create(
        user=student, file=film, position_s=LEFT_OFF_S, updated_at=timezone.now()
    )
    page = phone_of(student)
    page.goto("/schedule/")
    today = timezone.localdate()

    page.locator(".day-strip a.is-today").tap()
    expect(page.locator(".day-list li:target h2")).to_contain_text(str(today.day))
    faults = faults_of(page)
    page.locator(f".day-list a[href='/schedule/lessons/{running.code}/']").tap()
    expect(page.get_by_role("button", name="进入课堂")).to_be_in_viewport()
    expect(page.locator("#in-wechat")).to_contain_text("在浏览器中打开")
    faults += faults_of(page)

    page.locator(".phone-nav").get_by_role("link", name="回放").tap()
    card = page.locator(".as-cards tbody tr")
    expect(card).to_contain_text("看到 00:12，共 00:20")
    faults += faults_of(page)
    card.get_by_role("link", name="静夜思").first.tap()
    page.locator("[data-go-on]", has_text="0:12").tap()
    look_until(page, lambda: page.evaluate(PLAYS_ON), "the film does not go on")

    open_own_menu(page)
    page.get_by_role("link", name="考勤").tap()
    expect(page.locator(".row-table tr", has_text="静夜思")).to_contain_text("迟到")
    faults += faults_of(page)
    assert faults == []


@pytest.mark.usefixtures("film")
def test_teacher_prepares_a_lesson_teaches_and_looks_back(
    page_of: Callable[..., Page],
    teacher: User,
    to_come: Lesson,
    slides: Courseware,
    running: Lesson,
    held: Lesson,
):
    page = page_of(teacher)
    page.set_viewport_size({"width": 1280, "height": 800})
    week = f"/schedule/{timezone.localdate(to_come.starts_at)}/"

    page.goto(week)
    page.locator(f".week a[href='/schedule/lessons/{to_come.code}/']").first.click()
    page.get_by_role("link", name="选择课件").click()
    add = page.get_by_role("button", name="添加到这节课")
    expect(add).to_be_in_viewport()
    page.locator(".offer-row label", has_text=slides.name).click()
    faults = faults_of(page)
    add.click()
    page.get_by_role("link", name="查看这节课").click()
    expect(page.get_by_role("region", name="课件").get_by_role("listitem")).to_contain_text("瀑布")

    page.goto(f"/schedule/{timezone.localdate(running.starts_at)}/")
    page.locator(f".week a[href='/schedule/lessons/{running.code}/']").first.click()
    expect(page.get_by_role("button", name="进入课堂")).to_be_in_viewport()
    page.get_by_role("link", name="现在谁在课堂里").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("考勤")

    page.goto(f"/schedule/lessons/{held.code}/")
    expect(page.get_by_role("region", name="考勤")).to_contain_text("1 / 1 名学生到课")
    faults += faults_of(page)
    page.get_by_role("link", name="观看回放").click()
    expect(page.locator("video")).to_be_in_viewport()
    faults += faults_of(page)
    assert faults == []


def test_planner_goes_from_a_figure_to_a_list_and_makes_a_lesson_by_keyboard(
    page_of: Callable[..., Page], planner: User, teacher: User, running: Lesson
):
    for number in range(1, 14):
        ClassGroupFactory.create(name=f"九年级{number}班")
    page = page_of(planner)
    page.set_viewport_size({"width": 1280, "height": 800})

    page.goto("/schedule/today/")
    figure = page.locator("a.figure", has_text="正在上课")
    figure.press("Enter")
    expect(page.locator("a.figure[aria-current]")).to_contain_text("正在上课")
    faults = faults_of(page)
    page.get_by_role("link", name="全部课").press("Enter")
    page.wait_for_url("**/schedule/lessons/**")
    menu = page.locator("input.searched").and_(page.get_by_label("班级", exact=True))
    menu.focus()
    page.keyboard.type("三年级1")
    page.keyboard.press("Tab")
    expect(menu).to_have_value("三年级1班")
    page.get_by_role("button", name="搜索").press("Enter")
    page.wait_for_url(re.compile(r"class_group="))
    expect(page.locator(".lesson-table tbody tr")).to_have_count(1)
    faults += faults_of(page)

    page.get_by_role("link", name="新课", exact=True).press("Enter")
    fill_in(page, 课程="数学课", 老师="nobody", 班级="九年级7班", 开始="19:00", 结束="19:40")
    page.get_by_label("日期").fill(str(timezone.localdate() + dt.timedelta(days=3)))
    page.get_by_role("button", name="保存").press("Enter")
    listed = page.locator(".form-faults")
    expect(listed).to_be_focused()
    faults += faults_of(page)
    listed.get_by_role("link", name="老师").press("Enter")
    field = page.get_by_label("老师", exact=True)
    expect(field).to_be_focused()
    # Nothing else is lost.
    expect(page.get_by_label("班级", exact=True)).to_have_value("九年级7班")
    field.fill(teacher.username)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/schedule/(?!lessons/new/)"))
    assert Lesson.objects.filter(class_groups__name="九年级7班", teacher=teacher).count() == 1
    assert faults == []


def fill_in(page: Page, **values: str) -> None:
    for label, value in values.items():
        page.get_by_label(label, exact=True).fill(value)
