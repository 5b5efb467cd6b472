"""Contents of notices as they lie in the database: what is written is read, in the form of all releases."""

from __future__ import annotations

import datetime as dt

import pytest

from schedule.changes.notices import (
    LESSON_GONE_NOTICE,
    LESSON_NOTICE,
    LESSONS_NOTICE,
    LessonNews,
    LessonsNews,
    read_news,
)
from schedule.enums import NewsKind, Part
from schedule.models import LessonSnapshot, Named

MORNING = dt.datetime(2026, 9, 1, 0, 0, tzinfo=dt.UTC)
SNAPSHOT = LessonSnapshot(
    state="published",
    course=Named(1, "Mathematics"),
    title="",
    teacher=Named(2, "Ms. Li"),
    assistants=(Named(3, "Mr. Wu"),),
    class_groups=(Named(4, "7A"),),
    starts_at=MORNING,
    ends_at=MORNING + dt.timedelta(minutes=45),
    room_type=0,
    record_mode=1,
    students_may_download=None,
    overlap_reason="",
)
# As earlier releases wrote them, and with what a snapshot may hold beside itself.
ONE = {
    "reasons": ["Trip"],
    "changes": [7],
    "news": "lost",
    "before": SNAPSHOT.kept() | {"absent_teacher": 9},
    "after": None,
    "was": "teacher",
    "is": "",
}
SEVERAL = {"reasons": [], "changes": [7, 8, 9], "count": 3, "are_new": False}


def test_news_of_one_lesson_is_read_as_it_was_written():
    news = LessonNews.read(ONE)
    assert news == LessonNews(
        change_id=7,
        reasons=("Trip",),
        news=NewsKind.LOST,
        before=SNAPSHOT,
        after=None,
        was=Part.TEACHER,
        becomes=None,
    )
    assert news.kept() == ONE | {"before": SNAPSHOT.kept()}


def test_news_of_several_lessons_are_read_as_they_were_written():
    assert LessonsNews.read(SEVERAL).kept() == SEVERAL


@pytest.mark.parametrize(
    ("was", "becomes", "part"),
    [
        ("teacher", "", Part.TEACHER),
        ("", "assistant", Part.ASSISTANT),
        ("student", "teacher", Part.TEACHER),
    ],
)
def test_the_part_is_the_present_one_or_else_the_former(was: str, becomes: str, part: Part):
    assert LessonNews.read(ONE | {"was": was, "is": becomes}).part is part


def test_somebody_without_any_part_has_no_news():
    with pytest.raises(ValueError, match="nothing to do"):
        _ = LessonNews.read(ONE | {"was": "", "is": ""}).part


@pytest.mark.parametrize("kind", [LESSON_NOTICE, LESSON_GONE_NOTICE])
def test_one_lesson_is_taken_back_whole(kind: str):
    news = read_news(kind, ONE)
    assert news.without([7]) is None
    assert news.without([8]) == news


def test_several_lessons_become_fewer():
    news = read_news(LESSONS_NOTICE, SEVERAL)
    left = news.without([7, 9, 11])
    assert left is not None
    assert left.kept() == SEVERAL | {"changes": [8], "count": 1}
    assert news.without([7, 8, 9]) is None
