"""The attendance of a lesson as a file."""

from __future__ import annotations

import datetime as dt
import io

import openpyxl
import pytest
from django.test import Client

from accounts.models import User
from attendance.models import PersonAttendance
from schedule.models import ClassGroup, Lesson
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.attendance import add_stay, held_room, settled, statistics_for
from tests.factories.schedule import MembershipFactory
from tests.support.attendance import page_of
from tests.support.guests import guest_of

pytestmark = pytest.mark.django_db


def rows_of(client: Client, lesson: Lesson) -> list[tuple[object, ...]]:
    answer = client.get(f"{page_of(lesson)[:-1]}.xlsx")
    assert answer.status_code == 200
    (sheet,) = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    return list(sheet.iter_rows(values_only=True))


def test_row_a_person_of_the_roster_with_moments_in_school_time(
    signed_in: SignedIn, past_lesson: Lesson, group: ClassGroup, pupil: User
):
    formula = UserFactory.create(username="zhang", display_name="=1+1")
    MembershipFactory.create(class_group=group, user=formula)
    statistics = statistics_for(held_room(past_lesson))
    add_stay(statistics, pupil, 0.5, 45)
    guest_of(past_lesson, user_id="guest")
    add_stay(statistics, "guest", 0, 45)
    settled(past_lesson)
    PersonAttendance.objects.filter(person=formula).update(
        corrected_state="excused", corrected_by=past_lesson.teacher
    )
    PersonAttendance.objects.filter(person=pupil).update(watched_s=90)
    day = past_lesson.starts_at.date()
    moments = [
        dt.datetime.combine(day, dt.time(8, 0, 30)),
        dt.datetime.combine(day, dt.time(8, 45)),
    ]

    head, teacher, *students = rows_of(signed_in(past_lesson.teacher), past_lesson)

    assert head == (
        "用户名",
        "姓名",
        "班级",
        "状态",
        "进入",
        "离开",
        "在课秒数",
        "回放秒数",
        "更正人",
    )
    assert teacher[:4] == (past_lesson.teacher.username, "李老师", None, "缺勤")
    assert sorted(students) == [
        ("wang", "王小明", "三年级2班", "出勤", *moments, 2670, 90, None),
        ("zhang", "'=1+1", "三年级2班", "请假", None, None, 0, 0, "李老师"),
    ]


def test_readers_of_english_have_english_heads_and_what_is_not_certain_says_so(
    signed_in: SignedIn, past_lesson: Lesson, pupil: User
):
    statistics_for(held_room(past_lesson), has_come=False)
    settled(past_lesson)

    head, *rows = rows_of(signed_in(past_lesson.teacher, "en"), past_lesson)

    assert head == (
        *("Username", "Name", "Class group", "State", "In", "Out"),
        *("Seconds in class", "Seconds of replay", "Corrected by"),
    )
    assert {row[3] for row in rows} == {"Provisional"}


def test_lesson_without_a_roster_yet_has_the_head_alone(teaching: Client, past_lesson: Lesson):
    assert len(rows_of(teaching, past_lesson)) == 1
