"""The example rows of the templates: each can be imported as it is."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.spreadsheets.templates import is_chinese
from schedule.models import Lesson

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
    teacher = User.objects.active().with_role(Role.TEACHER).order_by("username").first()
    if teacher is None:
        return []
    last = Lesson.objects.aggregate(last=Max("starts_at"))["last"]
    planned_until = timezone.localdate(last) if last else today
    room_type, record = ("互动班课", "是") if is_chinese() else ("0", "yes")
    return [
        {
            "course": gettext("Example course"),
            "teacher": teacher.username,
            "class_groups": gettext("Example class"),
            "date": (max(today, planned_until) + dt.timedelta(days=1)).isoformat(),
            "start": "08:00",
            "end": "08:45",
            "room_type": room_type,
            "record": record,
            "title": gettext("Example: replace this row"),
        }
    ]
