"""Alarms and hours on duty, as tests need them."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from accounts.models import User
from attendance.enums import AlarmEnd, AlarmKind
from attendance.models import Alarm, DutyHours
from schedule.models import Lesson


def raised(
    lesson: Lesson, kind: AlarmKind = AlarmKind.NOT_STARTED, *, at: dt.datetime | None = None
) -> Alarm:
    """Make an alarm that was raised, of which nobody has been told."""
    at = at or lesson.starts_at + dt.timedelta(minutes=5)
    return Alarm.objects.create(lesson=lesson, kind=kind, certain_at=at, raised_at=at, due_at=at)


def end(alarm: Alarm, at: dt.datetime) -> None:
    Alarm.objects.filter(pk=alarm.pk).update(ended_at=at, end=AlarmEnd.CAUSE_GONE)


def on_duty(
    person: User, moment: dt.datetime, *, starts: str = "00:00", ends: str = "23:59"
) -> DutyHours:
    """Put somebody on duty on the weekday of a moment."""
    return DutyHours.objects.create(
        person=person,
        weekday=timezone.localtime(moment).isoweekday(),
        starts=dt.time.fromisoformat(starts),
        ends=dt.time.fromisoformat(ends),
    )
