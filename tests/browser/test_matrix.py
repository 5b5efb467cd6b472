"""The timetable of the whole school as only a browser shows it: what stays in sight, on a phone, and on paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pypdfium2
import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.enums import Role
from accounts.models import User
from schedule.models import ClassGroup, Course, Lesson, Substitution
from schedule.terms.bells.bell_times import even_bells
from schedule.terms.writing import set_bell_times
from schedule.week_grid import DAYS_A_WEEK
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    TermFactory,
    school_time,
)
from tests.support.eyes import PHONE_PX, faults_at, faults_of
from tests.support.visitors import sign_in_as

pytestmark = pytest.mark.browser

PERIODS, DAYS = 8, 5
GRADES, CLASSES = "一二三四", 9
A4, A3 = (842, 595), (1191, 842)


@pytest.fixture
def matrix() -> str:
    """The path of a Monday to come, of a school of 36 class groups in four grades, all of whose periods are full."""
    monday = 2 * DAYS_A_WEEK - timezone.localdate().weekday()
    term = TermFactory.create(first_monday=school_time(monday, 8).date(), weeks=1)
    hour, length = dt.timedelta(hours=1), dt.timedelta(minutes=40)
    bells = even_bells(PERIODS, first=dt.time(8), length=length, between=hour - length)
    set_bell_times(term, bells)
    names = ("语文", "数学", "数学拓展", "道德与法治", "English", "体育")
    courses = [CourseFactory.create(name=name) for name in names]
    groups = [
        ClassGroupFactory.create(name=f"{grade}年级{number}班")
        for grade in GRADES
        for number in range(1, CLASSES + 1)
    ]
    teachers = [
        UserFactory.create(display_name=f"欧阳静{number}", roles=[Role.TEACHER])
        for number in range(36)
    ]
    fill(monday, courses, groups, teachers)
    return f"/schedule/matrix/{school_time(monday, 8):%Y-%m-%d}/"


def fill(
    monday: int, courses: list[Course], groups: list[ClassGroup], teachers: list[User]
) -> None:
    lessons = []
    of_groups = []
    for number in range(PERIODS * DAYS):
        starts_at = school_time(monday + number // PERIODS, 8 + number % PERIODS)
        for at, group in enumerate(groups):
            lessons.append(
                Lesson(
                    course=courses[(number + at) % len(courses)],
                    teacher=teachers[(number + at) % len(teachers)],
                    title="",
                    starts_at=starts_at,
                    ends_at=starts_at + dt.timedelta(minutes=40),
                )
            )
            of_groups.append(group)
    made = Lesson.objects.bulk_create(lessons)
    through = Lesson.class_groups.through
    through.objects.bulk_create(
        through(lesson=lesson, classgroup=group)
        for lesson, group in zip(made, of_groups, strict=True)
    )
    # One of each mark that stays on paper, and a free place.
    Substitution.objects.create(lesson=made[0], absent_teacher=teachers[5])
    Lesson.objects.filter(pk=made[1].pk).update(state="cancelled")
    through.objects.create(lesson=made[2], classgroup=groups[3])
    Lesson.objects.filter(pk=made[8].pk).delete()


def top_of(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["y"]


def wait_until_still(region: Locator) -> None:
    """Wait for the end of a scroll: keys that come while it moves are lost."""
    region.evaluate(
        """async (region) => {
            let before;
            do {
                before = region.scrollTop;
                for (let frame = 0; frame < 10; frame++)
                    await new Promise(requestAnimationFrame);
            } while (region.scrollTop !== before);
        }"""
    )


def left_of(place: Locator) -> float:
    box = place.bounding_box()
    assert box is not None
    return box["x"]


def test_heads_and_names_stay_while_the_rest_is_scrolled_by_keys(
    page_of: Callable[..., Page], planner: User, matrix: str
):
    page = page_of(planner)
    page.goto(f"{matrix}?span=week")
    region = page.get_by_role("region", name="总课表")
    day = page.get_by_role("columnheader", name="周一")
    period = page.get_by_role("columnheader", name="第1节").first
    name = page.get_by_role("rowheader", name="一年级1班", exact=True)

    def places() -> tuple[float, ...]:
        top = top_of(region)
        return top_of(day) - top, top_of(period) - top, left_of(name)

    before = places()

    region.focus()
    page.keyboard.press("PageDown")
    page.wait_for_function("() => document.querySelector('.matrix-scroll').scrollTop > 200")
    wait_until_still(region)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.querySelector('.matrix-scroll').scrollLeft > 20")

    assert places() == before
    # The key has scrolled the table, and led to no other week.
    assert page.url.endswith("?span=week")
    # What has the focus is behind no head.
    link = page.get_by_role("row", name="二年级3班").get_by_role("link").nth(1)
    link.focus()
    assert top_of(link) > top_of(period)
    assert left_of(link) > left_of(name)


def test_switches_and_free_places_lead_on(page_of: Callable[..., Page], planner: User, matrix: str):
    page = page_of(planner)
    page.goto(matrix)

    page.get_by_role("link", name="按老师").click()
    page.wait_for_url("**?by=teacher")
    expect(page.get_by_role("rowheader", name="欧阳静3", exact=True)).to_be_visible()
    page.get_by_role("link", name="按班级").click()
    page.get_by_role("link", name="三年级", exact=True).click()
    expect(page.locator("tbody")).to_have_count(1)
    page.locator("summary", has_text="课程：全部").click()
    page.get_by_role("navigation", name="课程").get_by_role("link", name="体育").click()
    expect(page.locator(".matrix td a:visible b").first).to_have_text("体育")

    page.goto(matrix)
    page.get_by_role("link", name="新课 周一 第1节 一年级9班").click()
    expect(page.get_by_label("班级", exact=True)).to_have_value("一年级9班")
    expect(page.get_by_label("结束", exact=True)).to_have_value("08:40")


@pytest.fixture
def phone_without_scripts(browser: Browser, live_site: str, planner: User) -> Iterator[Page]:
    context = browser.new_context(
        base_url=live_site,
        locale="zh-CN",
        viewport={"width": PHONE_PX, "height": 640},
        java_script_enabled=False,
    )
    sign_in_as(context, live_site, planner)
    yield context.new_page()
    context.close()


def test_phone_shows_one_class_group_at_a_time_without_scripts(
    phone_without_scripts: Page, matrix: str
):
    page = phone_without_scripts
    page.goto(matrix)
    expect(page.locator(".matrix")).to_be_hidden()
    expect(page.locator(".matrix-one li")).to_have_count(PERIODS)

    page.get_by_label("班级", exact=True).select_option("三年级9班")
    page.get_by_role("button", name="查看").click()

    page.wait_for_url("**?of=*")
    expect(page.get_by_label("班级", exact=True)).to_have_value("三年级9班")
    expect(page.locator(".matrix-one li")).to_have_count(PERIODS)
    expect(page.locator(".matrix-one li").first).to_contain_text("第1节")
    page.get_by_role("link", name="一周", exact=True).click()
    expect(page.locator(".matrix-one li")).to_have_count(PERIODS * DAYS)


@pytest.mark.timeout(240)
def test_is_in_order(page_of: Callable[..., Page], planner: User, teacher: User, matrix: str):
    faults = faults_at(
        page_of(planner),
        matrix,
        f"{matrix}?by=teacher&grade=二年级",
        f"{matrix}?span=week&of=一年级1班&course=语文",
        f"{matrix}print/?grade=一年级",
        "/schedule/matrix/2020-02-02/",
    )
    page = page_of(teacher)
    page.goto(f"{matrix}?grade=一年级")
    faults += faults_of(page)

    assert faults == []


@pytest.mark.parametrize(("paper", "size"), [("a4", A4), ("a3", A3)])
def test_each_grade_is_a_sheet_of_paper(
    page_of: Callable[..., Page], planner: User, matrix: str, paper: str, size: tuple[int, int]
):
    page = page_of(planner)
    for span in ("day", "week"):
        page.goto(f"{matrix}print/?paper={paper}&span={span}")
        page.emulate_media(media="print")

        printed = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))

        texts = ["".join(sheet.get_textpage().get_text_bounded().split()) for sheet in printed]
        assert [text[:10] for text in texts] == [f"云课堂·总课表·{grade}年" for grade in GRADES], (
            span
        )
        cells = PERIODS * CLASSES * (DAYS if span == "week" else 1)
        assert [text.count("欧阳") for text in texts] == [cells, cells, cells, cells], span
        assert {(round(sheet.get_width()), round(sheet.get_height())) for sheet in printed} == {
            size
        }
        assert "数拓数学拓展" in texts[0]
        page.emulate_media(media="screen")


def test_many_teachers_go_on_to_further_sheets_below_the_same_heads(
    page_of: Callable[..., Page], planner: User, matrix: str
):
    page = page_of(planner)
    page.goto(f"{matrix}print/?by=teacher&span=week")
    page.emulate_media(media="print")

    printed = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))

    texts = ["".join(sheet.get_textpage().get_text_bounded().split()) for sheet in printed]
    assert 1 < len(texts) <= 4
    assert all(text.count("第1节") == DAYS for text in texts)
    expect(page.locator("button:visible, nav:visible")).to_have_count(0)
