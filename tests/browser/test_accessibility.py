"""Checks by axe of the pages that everybody sees, in light and dark, on a phone and a wide screen."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware
from replays.enums import ReplayState
from schedule.door.people import note_entry
from schedule.enums import CloudStatus
from schedule.guests.writing import invite_guest
from schedule.lessons.moments import in_school_time
from schedule.models import ClassGroup, Lesson, Room
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.writing import set_bell_times
from schedule.week_grid import monday_of
from tests.factories.accounts import UserFactory
from tests.factories.courseware import RESULTS, BindingFactory, CoursewareFactory
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
    coming_monday,
)
from tests.support.cloud import SDK_APP_ID
from tests.support.eyes import faults_at, faults_of
from tests.support.guests import guest_of

# Each goes through many pages.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_faults_of_a_page_are_found(page: Page):
    assert faults_at(page, "/accounts/login/") == []
    page.evaluate(
        """() => {
          const tabs = document.createElement("nav");
          tabs.className = "phone-nav";
          tabs.innerHTML = "<a href='/'>only on phones</a>";
          document.body.append(tabs);
          for (const each of [document.querySelector("h1"), tabs.firstChild]) {
            each.style.color = "#222222";
          }
          document.body.style.minWidth = "500px";
        }"""
    )

    found = {re.sub(r".*, (\d+) px: ([\w -]+).*", r"\1 \2", each) for each in faults_of(page)}

    # Dark letters are a fault in the dark.
    assert found == {
        "360 wider than the window",
        "360 color-contrast",
        "1440 color-contrast",
    }


# With two lessons in the timetable.
@pytest.mark.usefixtures("lesson")
def test_pages_of_a_teacher(
    page_of: Callable[..., Page], teacher: User, running: Lesson, tmp_path: Path
):
    page = page_of(teacher)
    timetable, class_page = "/schedule/", f"/schedule/lessons/{running.code}/"
    # The week of 2022 has hours, this one periods.
    term = TermFactory.create(first_monday=monday_of(timezone.localdate()))
    set_bell_times(term, read_bells("08:00-08:45,08:55-09:40,14:00-14:45"))
    note_entry(teacher, running, at=running.starts_at)

    faults = faults_at(
        page,
        timetable,
        "/schedule/after-class/",
        "/schedule/2022-10-24/",
        class_page,
        "/accounts/password/change/",
        "/nowhere/",
    )
    page.goto("/accounts/profile/data/")
    page.evaluate("document.querySelectorAll('details').forEach((table) => { table.open = true })")
    faults += faults_of(page)
    refuse_upload(page, tmp_path / "me.jpg")
    faults += faults_of(page)
    refuse(page, running)
    faults += faults_of(page)
    # And the timetable and the lesson once more, with a lesson that was cancelled.
    faults += faults_at(page, timetable, class_page)

    assert faults == []


def test_guests_of_a_lesson(
    page_of: Callable[..., Page], page: Page, teacher: User, lesson: Lesson, running: Lesson
):
    now = timezone.now()
    guests = f"/schedule/lessons/{running.code}/guests/"
    addresses = [
        f"/guest/{invite_guest(invited, '李作家', by=teacher, at=now)[1]}/"
        for invited in (running, lesson)
    ]

    faults = faults_at(page, *addresses, "/guest/none/", "/help/guest/")
    room = Room.objects.create(
        lesson=running, room_id=300_000_001, sdk_app_id=SDK_APP_ID, cloud_status=CloudStatus.ENDED
    )
    Lesson.objects.filter(pk=lesson.pk).update(
        starts_at=now - dt.timedelta(hours=1), ends_at=now - dt.timedelta(minutes=5)
    )
    faults += faults_at(page, *addresses)
    room.delete()
    page = page_of(teacher)
    faults += faults_at(page, guests, f"/schedule/lessons/{running.code}/")
    page.goto(guests)
    page.locator("[name=name]").fill("王医生")
    page.locator("form.card button").click()
    expect(page.locator("#guest-address")).to_have_value(re.compile(r"/guest/[\w-]+/$"))
    faults += faults_of(page)
    Lesson.objects.update(state="cancelled")
    faults += faults_at(page, addresses[0], guests)

    assert faults == []


def test_calendar_subscription(page_of: Callable[..., Page], teacher: User):
    page = page_of(teacher)
    faults = faults_at(page, "/schedule/feed/")
    page.get_by_role("button", name="生成地址").click()
    expect(page.get_by_label("地址", exact=True)).to_have_value(
        re.compile(r"/schedule/feeds/.*\.ics")
    )
    expect(page.get_by_role("img", name="地址的二维码")).to_be_visible()

    faults += faults_of(page)
    faults += faults_at(page, "/schedule/feed/")

    assert faults == []


def refuse_upload(page: Page, file: Path) -> None:
    file.write_text("no picture")
    page.goto("/accounts/profile/")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("alert")).to_contain_text("不是可用的图片")


def refuse(page: Page, lesson: Lesson) -> None:
    """Press the button of a class that has been cancelled meanwhile."""
    page.goto(f"/schedule/lessons/{lesson.code}/")
    Lesson.objects.filter(pk=lesson.pk).update(state="cancelled")
    page.get_by_role("button", name="进入课堂").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("这节课已取消")


def test_lists_of_lessons_and_of_changes(
    page_of: Callable[..., Page], planner: User, lesson: Lesson, running: Lesson
):
    page, guest = page_of(planner), guest_of(lesson)
    faults = faults_at(
        page,
        "/schedule/lessons/",
        "/schedule/lessons/?q=nothing&from=2026-09-02&to=2026-09-01",
        "/schedule/changes/",
        f"/schedule/lessons/{lesson.code}/changes/",
        f"/schedule/lessons/{lesson.code}/guests/{guest.code}/forget/",
    )
    page.goto("/schedule/lessons/")
    page.get_by_label("选择本页全部").check()
    expect(page.locator("[data-chosen-count]")).to_have_text("2 / 2")
    page.get_by_role("button", name="取消上课…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("取消 2 节课？")
    faults += faults_of(page)

    assert faults == []


def test_hours_and_timetables_of_a_planner_to_look_at_and_to_print(
    page_of: Callable[..., Page], planner: User, teacher: User, lesson: Lesson, running: Lesson
):
    month = f"month={timezone.localtime(lesson.starts_at):%Y-%m}"
    print_path = f"/schedule/{timezone.localdate(lesson.starts_at)}/print/"
    ReplayFileFactory.create(replay=ReplayFactory.create(lesson=running), size_bytes=None)

    faults = faults_at(
        page_of(planner),
        "/schedule/",
        "/schedule/?teacher=teacher",
        f"/schedule/hours/?{month}",
        f"/schedule/hours/?{month}&teacher=teacher",
        "/replays/usage/",
        print_path,
        f"{print_path}?of=teachers",
        "/schedule/now/starts/",
        "/schedule/now/duty/",
    )

    assert faults == []


def test_conflicts(
    page_of: Callable[..., Page], planner: User, teacher: User, class_group: ClassGroup
):
    english = ClassGroupFactory.create(name="英语A班")
    monday = coming_monday()
    term = TermFactory.create(first_monday=monday)
    starts_at = in_school_time(monday, dt.time(8))
    LessonFactory.create(class_groups=[class_group], teacher=teacher, starts_at=starts_at)
    for more in ({}, {"overlap_reason": "走班"}):
        LessonFactory.create(class_groups=[english], starts_at=starts_at, **more)
    WeeklyLessonFactory.create(term=term, teacher=teacher)
    student = UserFactory.create(display_name="王小明")
    for group in (class_group, english):
        MembershipFactory.create(user=student, class_group=group)

    faults = faults_at(
        page_of(planner), f"/schedule/terms/{term.code}/conflicts/", "/schedule/conflicts/"
    )

    assert faults == []


# The pages of the other states are made of the same parts, with marks of the same colours.
DIFFERENT_REPLAYS = (
    ReplayState.PROCESSING,
    ReplayState.READY,
    ReplayState.FAILED,
    ReplayState.DELETED,
)


def test_replays(
    page_of: Callable[..., Page], planner: User, teacher: User, class_group: ClassGroup
):
    replays = {
        state: ReplayFactory.create(
            lesson=LessonFactory.create(teacher=teacher, class_groups=[class_group]), state=state
        )
        for state in ReplayState
    }
    for number in (1, 2):
        ReplayFileFactory.create(
            replay=replays[ReplayState.READY], number=number, url="http://127.0.0.1:9/f0.mp4"
        )

    faults = faults_at(
        page_of(planner),
        "/replays/",
        "/replays/?q=nothing&from=nonsense",
        "/replays/?view=cards",
        *(f"/replays/{replays[state].code}/" for state in DIFFERENT_REPLAYS),
        f"/replays/{replays[ReplayState.NONE].code}/play/",
    )

    assert faults == []


def test_courseware(page_of: Callable[..., Page], planner: User, lesson: Lesson):
    shown = {
        state: CoursewareFactory.create(state=state, percent=40, tags=["语文", "一年级"])
        for state in CoursewareState
    }
    bound, ready = shown[CoursewareState.QUEUED], shown[CoursewareState.READY]
    failed = shown[CoursewareState.FAILED]
    kinds = [CoursewareFactory.create(suffix=suffix) for suffix in ("png", "mp3", "mp4", "pptx")]
    Courseware.objects.filter(suffix="pptx").update(result_url=f"{RESULTS}/1_tiw/h5/index.html")
    Courseware.objects.filter(state=CoursewareState.FAILED).update(failure=Failure.CLOUD)
    BindingFactory.create(courseware=bound, lesson=lesson)
    page = page_of(planner)
    page.route("**/*.qcloudclass.com/**", lambda route: route.abort())

    faults = faults_at(
        page,
        "/courseware/",
        "/courseware/?q=nothing&state=nonsense",
        # What is being uploaded looks like what is being transcoded; and without a preview all look alike.
        *(
            f"/courseware/{shown[state].code}/"
            for state in shown
            if state != CoursewareState.UPLOADING
        ),
        *(f"/courseware/{each.code}/preview/" for each in (ready, failed, *kinds)),
    )
    page.goto(f"/courseware/{bound.code}/")
    page.get_by_text("删除…").click()
    page.get_by_role("button", name="确认删除").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("有课正在使用这个课件")
    faults += faults_of(page)

    assert faults == []


def test_incidents_with_personal_data_and_the_yearly_report(
    page_of: Callable[..., Page], administrator: User
):
    page = page_of(administrator)
    faults = faults_at(page, "/people/incidents/")
    page.goto("/people/incidents/new/")
    page.get_by_label("发生了什么").fill("A list was sent to a wrong chat group.")
    page.get_by_label("发生日期").fill("2026-01-01")
    page.get_by_label("通知主管部门的日期").fill("2025-12-31")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert").first).to_contain_text("通知日期不能早于发生日期")
    faults += faults_of(page)
    page.get_by_label("通知主管部门的日期").fill("2026-01-02")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已记录这个事件。")).to_be_visible()
    faults += faults_of(page)
    faults += faults_at(page, "/people/incidents/", "/people/privacy-report/")

    assert faults == []
