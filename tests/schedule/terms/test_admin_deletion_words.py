"""The pages that ask before a class group or a course is deleted, as a planner reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from schedule.enums import FetNameKind
from schedule.lessons.cancel import cancel_lesson
from schedule.models import (
    Channel,
    ClassGroup,
    Course,
    DeletedLesson,
    FetName,
    Lesson,
    WeeklyLesson,
)
from tests.factories.schedule import (
    ChannelFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.administration import list_of
from tests.support.pages import Element, read

pytestmark = pytest.mark.django_db

LANGUAGES = ("zh-hans", "en")
TO_ARCHIVE = {
    "zh-hans": "往年的班级请改用归档：在列表中选中后执行“归档”，其讲次都会保留。",
    "en": "Class groups of past school years are archived instead: select them in the list and choose “Archive”. Their lessons stay.",
}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def staff(signed_in: Any, planner: User, language: str) -> Client:
    client: Client = signed_in(planner, language)
    return client


@pytest.fixture
def taught(teacher: User, class_group: ClassGroup) -> Lesson:
    start = timezone.make_aware(dt.datetime.combine(dt.date(2026, 11, 30), dt.time(8)))
    return LessonFactory.create(
        course=CourseFactory.create(name="语文课"),
        teacher=teacher,
        class_groups=[class_group],
        starts_at=start,
        title="古诗",
    )


@pytest.fixture
def weekly(teacher: User, class_group: ClassGroup) -> WeeklyLesson:
    return WeeklyLessonFactory.create(
        term=TermFactory.create(name="秋季学期"),
        course=CourseFactory.create(name="数学课"),
        teacher=teacher,
        class_groups=[class_group],
    )


def asked_for(client: Client, *rows: Model) -> Element:
    """The page that asks about one, or about several chosen in the list."""
    address = list_of(type(rows[0]))
    if len(rows) == 1:
        answer = client.get(f"{address}{rows[0].pk}/delete/")
    else:
        chosen = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
        answer = client.post(address, chosen)
    assert answer.status_code == 200
    return read(answer.content).one("div", id="content")


def told(page: Element) -> Sequence[tuple[str, str]]:
    """The rows with the pages that they lead to."""
    return [
        (link.text, link.attrs["href"]) for link in page.one("ul", id="deleted-objects").all("a")
    ]


def test_lessons_that_keep_a_class_group(
    staff: Client, language: str, taught: Lesson, class_group: ClassGroup
):
    page = asked_for(staff, class_group)

    text = {
        "zh-hans": "2026-11-30 周一 08:00–08:45 语文课 · 古诗 三年级1班 李老师",
        "en": "2026-11-30 Mon 08:00–08:45 语文课 · 古诗 三年级1班 李老师",
    }[language]
    assert told(page) == [(text, reverse("schedule:lesson_change", args=[taught.code]))]


def test_state_of_a_lesson_that_is_not_simply_planned(
    staff: Client, language: str, taught: Lesson, class_group: ClassGroup
):
    cancel_lesson(taught, reason="", at=taught.starts_at - dt.timedelta(days=1))

    (row,) = told(asked_for(staff, class_group))

    assert row[0].endswith({"zh-hans": " · 已取消", "en": " · Cancelled"}[language])


def test_latest_lessons_come_first(staff: Client, taught: Lesson, class_group: ClassGroup):
    later = LessonFactory.create(
        class_groups=[class_group], starts_at=taught.starts_at + dt.timedelta(days=1)
    )

    rows = told(asked_for(staff, class_group))

    pages = [reverse("schedule:lesson_change", args=[each.code]) for each in (later, taught)]
    assert [address for _text, address in rows] == pages


def test_weekly_lessons_that_keep_a_class_group(
    staff: Client, language: str, weekly: WeeklyLesson, class_group: ClassGroup
):
    page = asked_for(staff, class_group)

    text = {
        "zh-hans": "数学课 周一 08:00–08:45 三年级1班 李老师 · 秋季学期",
        "en": "数学课 Mon 08:00–08:45 三年级1班 李老师 · 秋季学期",
    }[language]
    address = reverse("schedule:weekly_lesson_change", args=[weekly.term.code, weekly.code])
    assert told(page) == [(text, address)]
    assert staff.get(address).status_code == 200


def test_members_that_keep_a_class_group(
    staff: Client, language: str, student: User, class_group: ClassGroup
):
    MembershipFactory.create(user=student, class_group=class_group, to_date=dt.date(2026, 6, 30))

    page = asked_for(staff, class_group)

    text = {
        "zh-hans": "王小明 (student) · 三年级1班 · 学生",
        "en": "王小明 (student) · 三年级1班 · Student",
    }[language]
    until = {"zh-hans": " · 至 2026-06-30", "en": " · until 2026-06-30"}[language]
    address = reverse("admin:accounts_user_change", args=[student.pk])
    assert told(page) == [(text, address), (text + until, address)]


def test_kept_class_group_is_archived_instead(
    staff: Client, language: str, taught: Lesson, class_group: ClassGroup
):
    page = asked_for(staff, class_group)

    sentence = {
        "zh-hans": "班级“三年级1班”不能删除，因为还有以下内容：",
        "en": "The class group “三年级1班” cannot be deleted while these are there:",
    }[language]
    texts = [each.text for each in page.all("p")]
    assert texts == [sentence, TO_ARCHIVE[language]]
    assert list_of(ClassGroup) in [link.attrs["href"] for link in page.all("a")]
    assert page.all("input", type="submit") == []


def test_several_of_which_one_is_kept(
    staff: Client,
    language: str,
    taught: Lesson,
    class_group: ClassGroup,
    other_class_group: ClassGroup,
):
    page = asked_for(staff, class_group, other_class_group)

    sentence = {
        "zh-hans": "所选的“班级”不能删除，因为还有以下内容：",
        "en": "The selected class groups cannot be deleted while these are there:",
    }[language]
    assert [each.text for each in page.all("p")] == [sentence, TO_ARCHIVE[language]]
    assert len(told(page)) == 1
    assert ClassGroup.objects.count() == 2


def test_what_goes_with_a_class_group(
    staff: Client, language: str, teacher: User, other_class_group: ClassGroup
):
    """And nothing of what calendars still have to hear."""
    channel = ChannelFactory.create(class_group=other_class_group, name="家长群")
    FetName.objects.create(kind=FetNameKind.STUDENTS, name="3-2", class_group=other_class_group)
    at = timezone.now()
    deleted = DeletedLesson.objects.create(
        code="gone",
        sequence=1,
        course_name="语文课",
        title="语文课",
        teacher=teacher,
        starts_at=at,
        ends_at=at + dt.timedelta(hours=1),
    )
    deleted.class_groups.add(other_class_group)

    page = asked_for(staff, other_class_group)

    rows = page.one("ul", id="deleted-objects").all("ul")[0].all("li")
    lines = {
        "zh-hans": {"群机器人：家长群", "FET 课程表中的名称：3-2"},
        "en": {"Channel: 家长群", "Name in timetables of FET: 3-2"},
    }[language]
    assert {row.text for row in rows} == lines
    assert ("家长群", reverse("schedule:channels")) in told(page)
    assert Channel.objects.get() == channel


def test_course_is_kept_by_its_lessons(staff: Client, taught: Lesson, weekly: WeeklyLesson):
    chosen = asked_for(staff, taught.course, weekly.course)

    assert [len(told(asked_for(staff, row))) for row in (taught.course, weekly.course)] == [1, 1]
    assert len(told(chosen)) == 2
    assert Course.objects.count() == 2


def test_class_group_of_a_weekly_lesson_stays(
    staff: Client, weekly: WeeklyLesson, class_group: ClassGroup
):
    address = list_of(ClassGroup)
    chosen = {"action": "delete_selected", "_selected_action": [class_group.pk], "post": "yes"}

    staff.post(f"{address}{class_group.pk}/delete/", {"post": "yes"})
    staff.post(address, chosen)

    assert list(weekly.class_groups.all()) == [class_group]
