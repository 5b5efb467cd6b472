"""The example rows of the templates: each can be imported as it is."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from edu_platform.lib.formatting import is_chinese
from schedule.lessons.may_teach import who_may_teach
from schedule.models import Lesson
from schedule.week_grid import DAYS_A_WEEK

Rows = list[dict[str, str]]


def example_people() -> Rows:
    student, teacher = ("学生", "老师") if is_chinese() else ("student", "teacher")
    return [
        {
            "username": "example.student",
            "display_name": gettext("Example student"),
            "role": student,
            "class_groups": gettext("Example class"),
        },
        {
            "username": "example.teacher",
            "display_name": gettext("Example teacher"),
            "role": teacher,
        },
    ]


def example_lessons(today: dt.date) -> Rows:
    """A lesson that collides with no other: after all that are planned. None before there are teachers."""
    teacher = _first_teacher()
    if teacher is None:
        return []
    last = Lesson.objects.aggregate(last=Max("starts_at"))["last"]
    planned_until = timezone.localdate(last) if last else today
    return [
        {
            **_example_of(teacher),
            "date": (max(today, planned_until) + dt.timedelta(days=1)).isoformat(),
            "start": "08:00",
            "end": "08:45",
            "title": gettext("Example: replace this row"),
        }
    ]


def example_weekly_lessons() -> Rows:
    """A weekly lesson at an hour of the week that hardly any school takes. None before there are teachers."""
    teacher = _first_teacher()
    if teacher is None:
        return []
    weekday, weeks = ("周日", "单周") if is_chinese() else (str(DAYS_A_WEEK), "odd")
    return [
        {
            **_example_of(teacher),
            "weekday": weekday,
            "start": "20:00",
            "end": "20:45",
            "weeks": weeks,
            "title": gettext("Example: replace this row"),
        }
    ]


def _first_teacher() -> User | None:
    return who_may_teach().order_by("username").first()


def _example_of(teacher: User) -> dict[str, str]:
    room_type, record = ("互动班课", "是") if is_chinese() else ("0", "yes")
    return {
        "course": gettext("Example course"),
        "teacher": teacher.username,
        "class_groups": gettext("Example class"),
        "room_type": room_type,
        "record": record,
    }
