"""The words of a message to a group."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from schedule.channels.message_words import (
    LESSONS_NAMED,
    MESSAGE_BYTES_AT_MOST,
    GroupNews,
    message_text,
    trial_text,
)
from schedule.enums import LessonState
from schedule.models import LessonSnapshot, Named, PlanningAction

DAY = dt.timedelta(days=1)
START = dt.datetime(2026, 11, 27, 0, 0, tzinfo=dt.UTC)  # 08:00 in school
LESSON = LessonSnapshot(
    state=LessonState.PUBLISHED,
    course=Named(1, "语文课"),
    title="古诗",
    teacher=Named(1, "李老师"),
    assistants=(),
    class_groups=(Named(1, "三年级1班"),),
    starts_at=START,
    ends_at=START + dt.timedelta(minutes=45),
    room_type=0,
    record_mode=0,
    students_may_download=None,
)
MOVED = dataclasses.replace(LESSON, starts_at=START + DAY, ends_at=LESSON.ends_at + DAY)


@pytest.fixture(autouse=True)
def _school(settings: Any, in_china: None) -> None:
    settings.PUBLIC_BASE_URL = "https://school.example"


def told(*many: GroupNews, reason: str = "", is_deleted: bool = False) -> list[str]:
    action = PlanningAction(code="action1", reason=reason)
    lessons = {f"code{number}": news for number, news in enumerate(many)}
    return message_text(action, lessons, is_deleted=is_deleted).splitlines()


class TestSingle:
    def test_says_what_before_and_after_why_and_where(self):
        assert told(GroupNews(LESSON, MOVED), reason="老师出差") == [
            "【课程表】 语文课 · 古诗",
            "班级：三年级1班",
            "改动：已改时间",
            "时间：2026-11-27 周五 08:00–08:45 → 2026-11-28 周六 08:00–08:45",
            "原因：老师出差",
            "https://school.example/schedule/lessons/code0/",
        ]

    def test_cancelled_one_has_its_time(self):
        cancelled = dataclasses.replace(LESSON, state=LessonState.CANCELLED)

        lines = told(GroupNews(LESSON, cancelled))

        assert "改动：已取消" in lines
        assert "时间：2026-11-27 周五 08:00–08:45" in lines

    def test_new_one_has_its_teacher(self):
        lines = told(GroupNews(None, LESSON))

        assert "老师：李老师" in lines

    def test_other_teacher(self):
        other = dataclasses.replace(LESSON, teacher=Named(2, "赵老师"))

        assert "老师：李老师 → 赵老师" in told(GroupNews(LESSON, other))

    def test_deleted_one_has_no_page_any_more(self):
        assert told(GroupNews(LESSON, None), is_deleted=True)[-1] == (
            "https://school.example/schedule/changes/action1/"
        )

    def test_room_and_recording_are_not_told(self):
        other = dataclasses.replace(MOVED, room_type=1, record_mode=1)

        assert told(GroupNews(LESSON, other)) == told(GroupNews(LESSON, MOVED))


class TestBatch:
    def test_counts_and_names_the_first(self):
        later = [
            dataclasses.replace(
                LESSON, starts_at=START + day * DAY, ends_at=LESSON.ends_at + day * DAY
            )
            for day in range(9, 0, -1)
        ]

        lines = told(*(GroupNews(None, each) for each in later))

        assert lines[0] == "【课程表】 9 节课有改动。"
        assert len(lines) == 1 + LESSONS_NAMED + 2
        assert lines[1].startswith("· 语文课 · 古诗，2026-11-28 周六 08:00–08:45")
        assert lines[-2] == "……另有 4 节"
        assert lines[-1] == "https://school.example/schedule/changes/action1/"


class TestText:
    def test_calls_nobody_and_has_no_lines_of_others(self):
        odd = dataclasses.replace(LESSON, title="<@all>\n\x07请看 <at user_id='all'>")

        text = "\n".join(told(GroupNews(None, odd)))

        assert "<" not in text
        assert ">" not in text
        assert "\x07" not in text
        assert text.startswith("【课程表】 语文课 · ＜@all＞ ")

    def test_is_no_longer_than_robots_take_and_keeps_its_link(self):
        long = dataclasses.replace(
            LESSON, title="题" * 200, course=Named(1, "课" * 200), teacher=Named(1, "师" * 200)
        )
        other = dataclasses.replace(long, title="目" * 200, teacher=Named(2, "生" * 200))

        lines = told(GroupNews(long, other), reason="因" * 200)

        assert len("\n".join(lines).encode()) <= MESSAGE_BYTES_AT_MOST
        assert lines[-1] == "https://school.example/schedule/lessons/code0/"
        assert lines[-2].endswith("…")

    def test_is_in_the_language_of_the_school(self, settings: Any):
        settings.LANGUAGE_CODE = "en"

        lines = told(GroupNews(LESSON, MOVED))

        assert lines[0] == "【课程表 Timetable】 语文课 · 古诗"
        assert "Class groups: 三年级1班" in lines

    def test_trial_has_the_keyword_too(self):
        assert trial_text(class_group_name="三年级1班", school_name="实验小学").startswith(
            "【课程表】"
        )
