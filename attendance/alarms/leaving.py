"""People who leave are on duty no more, and what they have taken of alarms waits for somebody else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.utils.translation import ngettext

from accounts.models import User
from attendance.alarms.telling import TELL_TASK
from attendance.models import Alarm, DutyHours
from edu_platform.lib.queueing import enqueue_on_commit


def end_duty(person_ids: Collection[int], at: dt.datetime) -> None:
    """Remove their hours on duty; open alarms that they have taken are told of to all staff."""
    DutyHours.objects.filter(person__in=person_ids).delete()
    taken = Alarm.objects.open().filter(taken_by__in=person_ids)
    if taken.update_in_order(taken_by=None, taken_at=None, due_at=at):
        enqueue_on_commit(TELL_TASK)


def duty_notes(person: User, _at: dt.datetime) -> Iterator[str]:
    if count := DutyHours.objects.filter(person=person).count():
        text = ngettext(
            "They are on duty no more: %(count)s time a week.",
            "They are on duty no more: %(count)s times a week.",
            count,
        )
        yield text % {"count": count}
    if count := Alarm.objects.open().filter(taken_by=person).count():
        text = ngettext(
            "%(count)s alarm that they have taken waits for somebody else.",
            "%(count)s alarms that they have taken wait for somebody else.",
            count,
        )
        yield text % {"count": count}
