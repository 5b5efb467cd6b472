"""Changes of lessons in words."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.utils import translation

from schedule.enums import ChangeKind, RecordMode, RoomType
from schedule.history.words import differences, lesson_text, period_text
from schedule.models import LessonSnapshot, Named

STARTS_AT = dt.datetime(2026, 9, 7, 0, 0, tzinfo=dt.UTC)  # Monday, 08:00 in Shanghai
HOUR = dt.timedelta(hours=1)
SNAPSHOT = LessonSnapshot(
    state="published",
    course=Named(1, "语文课"),
    title="语文课 0907-0800",
    teacher=Named(2, "李老师"),
    assistants=(),
    class_groups=(Named(3, "五年级1班"),),
    starts_at=STARTS_AT,
    ends_at=STARTS_AT + HOUR,
    room_type=RoomType.INTERACTIVE,
    record_mode=RecordMode.AUTOMATIC,
    students_may_download=None,
    overlap_reason="",
)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"starts_at": STARTS_AT + 25 * HOUR, "ends_at": STARTS_AT + 26 * HOUR},
            ("时间", "2026-09-07 周一 08:00–09:00", "2026-09-08 周二 09:00–10:00"),
        ),
        ({"title": "复习"}, ("讲次名称", "–", "复习")),
        ({"teacher": Named(9, "赵老师")}, ("老师", "李老师", "赵老师")),
        ({"assistants": (Named(9, "陈"), Named(8, "王"))}, ("助教", "–", "陈、王")),
        ({"class_groups": (Named(4, "六班"),)}, ("班级", "五年级1班", "六班")),
        ({"course": Named(9, "数学课"), "title": "数学课"}, ("课程", "语文课", "数学课")),
        ({"room_type": RoomType.LECTURE}, ("课堂类型", "互动班课", "大班课")),
        ({"record_mode": RecordMode.NONE}, ("录制", "自动录制", "不录制")),
        ({"students_may_download": False}, ("学生下载", "按学校设置", "否")),
        ({"families_may_watch": False}, (ChangeKind.FAMILIES.label, "按学校设置", "否")),
        ({"overlap_reason": "两个小组"}, ("班级可以重叠的理由", "–", "两个小组")),
    ],
)
def test_each_difference_says_what_was_and_is(fields, said):
    (found,) = differences(SNAPSHOT, dataclasses.replace(SNAPSHOT, **fields))

    assert (found.what, found.before, found.after) == said


def test_what_was_kept_without_a_reason_to_overlap_differs_in_none():
    kept = SNAPSHOT.kept()
    del kept["overlap_reason"]

    assert differences(LessonSnapshot.read(kept), SNAPSHOT) == []


def test_what_a_lesson_says_to_families_is_read_as_it_was_kept():
    refused = dataclasses.replace(SNAPSHOT, families_may_watch=False)

    assert LessonSnapshot.read(refused.kept()) == refused
    assert LessonSnapshot.read(SNAPSHOT.kept()) == SNAPSHOT


def test_lesson_that_says_nothing_to_families_has_the_version_of_earlier_releases():
    assert "families_may_watch" not in SNAPSHOT.kept()
    assert dataclasses.replace(SNAPSHOT, families_may_watch=False).version() != SNAPSHOT.version()


def test_states_are_no_differences():
    cancelled = dataclasses.replace(SNAPSHOT, state="cancelled")

    assert differences(SNAPSHOT, cancelled) == []
    assert differences(None, SNAPSHOT) == differences(SNAPSHOT, None) == []


def test_lesson_that_ends_on_another_day_says_so():
    assert period_text(STARTS_AT, STARTS_AT + 26 * HOUR) == (
        "2026-09-07 周一 08:00–2026-09-08 10:00"
    )


def test_course_stands_with_the_title_that_says_more():
    assert lesson_text(SNAPSHOT) == "语文课"
    assert lesson_text(dataclasses.replace(SNAPSHOT, title="复习")) == "语文课 · 复习"
    with translation.override("en"):
        assert period_text(STARTS_AT, STARTS_AT + HOUR) == "2026-09-07 Mon 08:00–09:00"
