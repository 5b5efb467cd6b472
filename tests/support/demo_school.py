"""What tests of the demo school look at, and the Monday morning that most of them begin with."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.utils import timezone

from edu_platform.demo import open_lessons
from edu_platform.demo.people import DEMO_TEACHER
from schedule.enums import LessonState
from schedule.models import Lesson, Occupation
from schedule.week_grid import monday_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_MORNING = dt.datetime(2026, 3, 2, 8, 20, 31, tzinfo=SHANGHAI)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)


def demo_lessons() -> list[Lesson]:
    """The two that move, and those of them that became history."""
    titles = [open_lessons.RUNNING_TITLE, open_lessons.COMING_TITLE]
    return list(Lesson.objects.filter(title__in=titles).order_by("starts_at"))


def lesson_at(moment: dt.datetime) -> Lesson:
    return Lesson.objects.get(
        teacher__username=DEMO_TEACHER,
        state=LessonState.PUBLISHED,
        starts_at__lte=moment,
        ends_at__gt=moment,
    )


def overlaps_of_people() -> list[Occupation]:
    taken = Occupation.objects.filter(is_active=True).exclude(person=None)
    others = taken.filter(
        person=OuterRef("person"),
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    return list(taken.filter(Exists(others.exclude(pk=OuterRef("pk")))))


def two_weeks_are_changed(moment: dt.datetime) -> None:
    """In this week and the next, one lesson was moved and another one has another teacher."""
    changed = Lesson.objects.exclude(moved_at=None, teacher_changed_at=None).order_by("starts_at")
    weeks = [monday_of(timezone.localdate(lesson.starts_at)) for lesson in changed]
    kinds = [lesson.moved_at is not None for lesson in changed]
    this_week = monday_of(moment.date())
    assert weeks == [this_week, this_week, *[this_week + 7 * DAY] * 2]
    assert sorted(kinds) == [False, False, True, True]
    for lesson in changed:
        assert lesson.moved_from is None or monday_of(
            timezone.localdate(lesson.moved_from)
        ) == monday_of(timezone.localdate(lesson.starts_at))
        assert lesson.changes.latest("pk").action.reason
    assert overlaps_of_people() == []
