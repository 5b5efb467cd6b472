"""Alarms as pages show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from django.db.models import Count, Max, Value

from attendance.enums import AlarmKind
from attendance.models import Alarm
from edu_platform.lib.statements import Statement

# Students whose class has not begun read that the office knows of these.
KNOWN_BY_OFFICE = (AlarmKind.NOT_STARTED, AlarmKind.CANNOT_BE_OPENED)


def open_alarms(lesson_ids: Collection[int]) -> dict[int, list[Alarm]]:
    """Return the open alarms of these lessons, the oldest first, with who has taken them. One query."""
    alarms: defaultdict[int, list[Alarm]] = defaultdict(list)
    for alarm in _OPEN.rows(lesson_ids=sorted(lesson_ids)):
        alarms[alarm.lesson_id].append(alarm)
    return dict(alarms)


def alarm_version(lesson_ids: Collection[int]) -> str:
    """Return a text that changes when an alarm of these lessons is raised, taken or ended. One query."""
    row = _VERSION.first(lesson_ids=sorted(lesson_ids)) or ()
    return "/".join(str(value) for value in row)


def office_knows(lesson_id: int) -> bool:
    """Return whether the office has been told that a class has not begun. One query."""
    return _KNOWN.first(lesson_id=lesson_id) is not None


_OPEN = Statement(
    lambda lesson_ids: (
        Alarm.objects.open()
        .filter(lesson__pk__in=lesson_ids)
        .select_related("taken_by")
        .order_by("raised_at", "pk")
    )
)
_VERSION = Statement(
    lambda lesson_ids: (
        Alarm.objects.filter(lesson__pk__in=lesson_ids)
        .order_by()
        .values(all=Value(1))
        .annotate(
            alarms=Count("pk"),
            raised=Max("raised_at"),
            taken=Max("taken_at"),
            ended=Max("ended_at"),
        )
        .values_list("alarms", "raised", "taken", "ended")
    )
)
_KNOWN = Statement(
    lambda lesson_id: (
        Alarm.objects.open()
        .filter(lesson=lesson_id, kind__in=KNOWN_BY_OFFICE)
        .values_list("pk", flat=True)[:1]
    )
)
