"""Telling of alarms: those on duty at once, all staff when nobody has answered; each person and each group once.

An alarm is due while somebody has to be told, or while what nobody has heard of has to be taken back. All that
follows from one turn is written in one transaction with the mark that it was told, under a lock of the alarm's row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from accounts.models import User
from accounts.services.notices import NoticeContent, give_notices, lock_unheard, withdraw
from attendance.alarms.board_address import board_address
from attendance.alarms.duty import all_staff, people_to_tell
from attendance.alarms.notices import (
    ALARM_NOTICE,
    ALARM_NOTICES,
    UNANSWERED_NOTICE,
    alarm_sentence,
)
from attendance.models import Alarm
from edu_platform.lib.batches import in_batches
from edu_platform.lib.due import DueLoop, Rules, exponential
from edu_platform.lib.queueing import enqueue_on_commit
from schedule.channels.alarm_messages import queue_alarm, withdraw_alarm
from schedule.channels.message_words import alarm_text
from schedule.models import ClassGroup

TELL_TASK = "attendance.tell_alarms"
# So long those on duty are alone with it.
UNANSWERED_MIN = 5
UNANSWERED_AFTER = dt.timedelta(minutes=UNANSWERED_MIN)
ALARMS_A_RUN = 200
# A turn is a few statements; one whose worker was killed has to be told all the same while it is news.
LEASE = dt.timedelta(seconds=30)
FIRST_RETRY = dt.timedelta(seconds=5)
LAST_RETRY = dt.timedelta(minutes=1)
TELLING = Rules(name="alarms of classes", limit_s=20)


def tell_soon(alarm: Alarm) -> None:
    """Make an alarm due to be told, in the transaction that raises it."""
    alarm.due_at = alarm.raised_at
    Alarm.objects.filter(pk=alarm.pk).update(due_at=alarm.due_at)
    enqueue_on_commit(TELL_TASK)


def tell_due(at: dt.datetime) -> int:
    """Tell of the alarms whose turn it is, and return of how many. Never to be called inside a transaction."""
    # Those that have ended need not wait for the turn of all staff.
    Alarm.objects.filter(due_at__gt=at, ended_at__isnull=False).update_in_order(due_at=at)
    loop = DueLoop(rules=TELLING, rows=Alarm.objects.all(), lease=LEASE, pause=_pause)
    return loop.run(Alarm.objects.due(at)[:ALARMS_A_RUN], partial(_tell, at=at), at).done


def take_back_of_deleted(lesson_ids: Collection[int]) -> None:
    """Withdraw what nobody has heard of the alarms of lessons that are about to be deleted, in that transaction."""
    at = timezone.now()
    for some_ids in in_batches(sorted(lesson_ids)):
        alarms = Alarm.objects.open().filter(lesson__in=some_ids).order_by("pk")
        # A worker that tells of one at this moment is waited for.
        for alarm in alarms.select_for_update(of=("self",)):
            _take_back(alarm, at)


def _pause(alarm: Alarm, _err: Exception, _at: dt.datetime) -> dt.timedelta:
    return exponential(alarm.attempts, FIRST_RETRY, LAST_RETRY)


@transaction.atomic
def _tell(leased: Alarm, *, at: dt.datetime) -> None:
    """Do what an alarm's turn asks for, as it stands now: another worker may have done it, or somebody taken it."""
    locked = Alarm.objects.select_for_update(of=("self",), no_key=True)
    alarm = locked.select_related("lesson__course").filter(pk=leased.pk).first()
    if alarm is None:
        return
    if not alarm.is_open:
        _take_back(alarm, at)
    elif alarm.taker is not None or alarm.all_told_at is not None:
        return
    elif alarm.told_at is None:
        _tell_those_on_duty(alarm, at)
    elif alarm.told_at + UNANSWERED_AFTER <= at:
        _tell_all_staff(alarm, at)
    else:
        _set(alarm, due_at=alarm.told_at + UNANSWERED_AFTER)


def _tell_those_on_duty(alarm: Alarm, at: dt.datetime) -> None:
    class_groups = _class_groups(alarm)
    _give(alarm, ALARM_NOTICE, people_to_tell(at), class_groups, at)
    with translation.override(settings.LANGUAGE_CODE):
        sentence = alarm_sentence(_arguments(alarm, class_groups))
    queue_alarm(
        cause=cause_of(alarm),
        text=alarm_text([sentence], board_address(alarm.lesson.code)),
        class_group_ids=[group.pk for group in class_groups],
        at=at,
    )
    _set(alarm, told_at=at, due_at=at + UNANSWERED_AFTER)


def _tell_all_staff(alarm: Alarm, at: dt.datetime) -> None:
    """Tell those who have not heard of it: there is one notice a person and cause."""
    _give(alarm, UNANSWERED_NOTICE, all_staff(), _class_groups(alarm), at)
    _set(alarm, all_told_at=at)


def _take_back(alarm: Alarm, at: dt.datetime) -> None:
    """Withdraw what nobody has read of an alarm that is over, and no mail or robot has told."""
    if alarm.told_at is None:
        return
    since = alarm.told_at - dt.timedelta.resolution
    staff = [person.pk for person in all_staff()]
    unheard = lock_unheard(staff, kinds=ALARM_NOTICES, since=since, at=at)
    cause = cause_of(alarm)
    withdraw(notice for notice in unheard if notice.cause == cause)
    withdraw_alarm(cause, at=at)


def cause_of(alarm: Alarm) -> str:
    """Return the cause by which each person and each group hears of an alarm once.

    An alarm of a lesson that was moved may be raised anew, and is told anew.
    """
    return f"{ALARM_NOTICE}:{alarm.code}:{int(alarm.raised_at.timestamp())}"


def _give(
    alarm: Alarm,
    kind: str,
    people: Sequence[User],
    class_groups: Sequence[ClassGroup],
    at: dt.datetime,
) -> None:
    content = NoticeContent(
        kind=kind,
        arguments=_arguments(alarm, class_groups),
        address=board_address(alarm.lesson.code),
    )
    give_notices([(person, content) for person in people], cause=cause_of(alarm), at=at)


def _arguments(alarm: Alarm, class_groups: Sequence[ClassGroup]) -> dict[str, object]:
    lesson = alarm.lesson
    return {
        "alarm": alarm.kind,
        "course": lesson.course.name,
        "class_groups": [group.name for group in class_groups],
        "starts_at": lesson.starts_at.isoformat(),
        "ends_at": lesson.ends_at.isoformat(),
        "minutes": UNANSWERED_MIN,
    }


def _class_groups(alarm: Alarm) -> list[ClassGroup]:
    return list(alarm.lesson.class_groups.order_by("name_key", "pk"))


def _set(alarm: Alarm, **values: dt.datetime) -> None:
    """Note what was done; the engine leaves the next turn alone that is set here."""
    Alarm.objects.filter(pk=alarm.pk).update(**values)
