"""The first hour in a browser: from `migrate` and `createsuperuser` to a planned term, with its clicks counted."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from schedule.models import ClassGroup, Lesson, Term
from tests.browser.test_term_planning import Hand
from tests.factories.schedule import coming_monday
from tests.support.eyes import faults_at
from tests.support.sheets import csv_of
from tests.support.site import Processes
from tests.support.visitors import visitor

# The whole way, with two files that workers look through.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

START = "/start/"
PASSWORD = "correct horse battery"
PEOPLE, TEACHERS, GROUPS = 1_512, 72, 36
WEEKS, A_WEEK = 18, 3  # of each class group
DONE_WITHIN_MS = 120_000
# To send the name of the school and its logo.
CLICKS_FOR_THE_SCHOOL = 1
# To the import, have the file checked, see what was found, say yes to what is new, take it, and back to the steps.
CLICKS_FOR_PEOPLE = 6
# To the new term, make it; fill the bell times in, save them; back to the steps.
CLICKS_FOR_THE_TERM = 5
# To the import, have the file checked, see what was found, say yes to new courses, take it, back to the steps.
CLICKS_FOR_THE_WEEK = 6
# To the plan, and make it.
CLICKS_FOR_THE_PLAN = 2
CLICKS = (
    CLICKS_FOR_THE_SCHOOL
    + CLICKS_FOR_PEOPLE
    + CLICKS_FOR_THE_TERM
    + CLICKS_FOR_THE_WEEK
    + CLICKS_FOR_THE_PLAN
)


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    """Everybody of a school, in one file."""
    head = "username,display_name,role,class_groups"
    teachers = [f"t{number},老师{number},teacher," for number in range(TEACHERS)]
    students = [
        f"s{number},学生{number},student,{group_name(number % GROUPS)}"
        for number in range(PEOPLE - TEACHERS)
    ]
    path = tmp_path / "people.csv"
    path.write_bytes(csv_of(head, *teachers, *students))
    return path


@pytest.fixture
def week(tmp_path: Path) -> Path:
    """Return what repeats every week: each class group has the same periods, and teachers of its own."""
    head = "course,teacher,class_groups,weekday,start,end,weeks,room_type,record"
    rows = [
        f"{course},t{2 * group + number % 2},{group_name(group)},{number + 1},1,1,all,0,yes"
        for group in range(GROUPS)
        for number, course in enumerate(("语文", "数学", "英语")[:A_WEEK])
    ]
    path = tmp_path / "week.csv"
    path.write_bytes(csv_of(head, *rows))
    return path


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    packed = io.BytesIO()
    Image.new("RGB", (1200, 400), "green").save(packed, "PNG")
    path = tmp_path / "校徽.png"
    path.write_bytes(packed.getvalue())
    return path


def group_name(number: int) -> str:
    return f"{'一二三四五六'[number // 6]}年级{number % 6 + 1}班"


def test_empty_installation_becomes_a_planned_school(
    browser: Browser,
    live_site: str,
    processes: Processes,
    monkeypatch: pytest.MonkeyPatch,
    roster: Path,
    week: Path,
    logo: Path,
) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", interactive=False, username="head", display_name="郑校长")
    processes.start_worker()
    with visitor(browser, live_site) as page:
        hand = Hand(page)
        page.goto("/")
        page.fill("[name=login]", "head")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        expect(page).to_have_url(f"{live_site}{START}")

        name_the_school(hand, logo)
        bring_in_people(hand, roster)
        make_term(hand)
        bring_in_the_week(hand, week)
        plan_the_term(hand)

        page.goto("/")
        expect(page).to_have_url(f"{live_site}/schedule/today/")
        left = page.locator(f".not-in-order li div > a[href='{START}']")
        expect(left).to_have_text(["开始使用还差一步：连接云端。", "开始使用还差一步：第一节课。"])

    assert User.objects.with_role(Role.STUDENT).count() == PEOPLE - TEACHERS
    assert ClassGroup.objects.count() == GROUPS
    # Some lie on days without school.
    most = GROUPS * A_WEEK * WEEKS
    assert most * 0.8 < Lesson.objects.filter(state="published").count() <= most
    assert hand.clicks <= CLICKS


def name_the_school(hand: Hand, logo: Path) -> None:
    page = hand.page
    hand.type(school_name="云山实验小学")
    page.locator("[name=logo]").set_input_files(logo)
    hand.click(page.get_by_role("button", name="保存"))
    expect(page.locator(".site-name")).to_have_text("云山实验小学")
    shown = page.locator(".site-name img")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 512
    expect_done(page, "学校名称和校徽")


def bring_in_people(hand: Hand, roster: Path) -> None:
    page = hand.page
    hand.click(step(page).get_by_role("link", name="导入文件"))
    page.locator("[name=file]").set_input_files(roster)
    hand.click(page.locator("[name=check]"))
    go_on_after_work(hand)
    agree_to_all(hand)
    hand.click(page.locator("[name=import], [name=take]").first)
    wait_for_worker(page)
    back_to_the_steps(hand)
    expect_done(page, "人员")
    expect(page.locator(".start-steps")).to_contain_text(
        f"{TEACHERS} 位老师，{PEOPLE - TEACHERS:,} 名学生，{GROUPS} 个班"
    )


def make_term(hand: Hand) -> None:
    page = hand.page
    hand.click(step(page).get_by_role("link", name="新建学期"))
    hand.type(name="2026年秋季学期", first_monday=str(coming_monday()), weeks=str(WEEKS))
    hand.click(page.get_by_role("button", name="保存"))
    form = 'form[action$="/bells/"]'
    hand.click(page.locator(f'{form}[method="get"] button').first)
    hand.click(page.locator(f'{form}[method="post"] .button-primary'))
    back_to_the_steps(hand)
    expect_done(page, "学期、作息表和放假")


def bring_in_the_week(hand: Hand, week: Path) -> None:
    page = hand.page
    hand.click(step(page).get_by_role("link", name="导入文件"))
    page.locator("[name=file]").set_input_files(week)
    hand.click(page.locator("[name=check]"))
    go_on_after_work(hand)
    agree_to_all(hand)
    hand.click(page.locator("[name=take]"))
    wait_for_worker(page)
    back_to_the_steps(hand)
    expect_done(page, "每周安排")


def plan_the_term(hand: Hand) -> None:
    page = hand.page
    hand.click(step(page).get_by_role("link", name="去排课"))
    hand.click(page.locator('form[action$="/plan/"] .button-primary'))
    wait_for_worker(page)


def wait_for_worker(page: Page) -> None:
    expect(page.locator(".work-state")).to_contain_text("已完成", timeout=DONE_WITHIN_MS)


def go_on_after_work(hand: Hand) -> None:
    """Wait for the worker that looks through the file, and go on to what it has found."""
    wait_for_worker(hand.page)
    hand.click(hand.page.locator(".work .actions a, .work a.button").first)


def agree_to_all(hand: Hand) -> None:
    """Tick what has to be agreed to before a file is taken: that what is new is meant."""
    hand.page.locator("[name=makes]").check()
    hand.clicks += 1


def back_to_the_steps(hand: Hand) -> None:
    hand.click(hand.page.locator(".site-name, #site-name a").first)
    expect(hand.page).to_have_url(re.compile(f"{START}$"))


def step(page: Page) -> Locator:
    return page.locator(".start-step")


def expect_done(page: Page, title: str) -> None:
    expect(page.locator(".start-steps .is-done strong", has_text=title)).to_be_visible()


def test_pages_have_no_faults(page_of: Callable[..., Page], superuser: User, planner: User) -> None:
    page = page_of(superuser)
    steps = [f"{START}?step={name}" for name in ("school", "people", "term", "class")]
    faults = faults_at(page, "/", *steps, "/schedule/terms/", "/courseware/")
    page.goto(f"{START}?step=cloud")
    page.get_by_role("button", name="检查连接").click()
    expect(page.locator(".start-checks li").first).to_be_visible(timeout=DONE_WITHIN_MS)
    faults += faults_at(page, f"{START}?step=cloud")
    faults += faults_at(page_of(planner, "en"), START, f"{START}?step=weekly", "/schedule/today/")

    assert faults == []
    assert SchoolSettings.load().is_in_first_hour
    assert Term.objects.count() == 0


def test_steps_are_gone_through_by_keyboard_alone(
    page_of: Callable[..., Page], superuser: User
) -> None:
    page = page_of(superuser)
    page.goto("/")
    page.locator("[name=school_name]").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("云山实验小学")

    page.keyboard.press("Enter")

    expect_done(page, "学校名称和校徽")
    expect(step(page).get_by_role("heading")).to_have_text("人员")
    page.locator(".start-steps a").nth(2).focus()
    page.keyboard.press("Enter")
    expect(step(page).get_by_role("heading")).to_have_text("学期、作息表和放假")
    assert page.locator(".start-steps a[aria-current=step]").count() == 1
