"""Due work of attendance: rooms asked about and looked into, lessons counted and watched over, alarms told."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.enums import Role
from attendance.alarms.telling import tell_due
from attendance.alarms.watching import watch_due
from attendance.collecting.asking import ask_due
from attendance.counting.due_lessons import count_due, count_soon
from attendance.models import (
    Alarm,
    LessonAttendance,
    LessonWatch,
    RoomPresence,
    RoomStatistics,
)
from attendance.presence.looking import look_due
from schedule.models import Lesson
from tests.factories.accounts import UserFactory
from tests.support.alarms import raised
from tests.support.classes import ended_room, make_room
from tests.support.cloud import LocalCloud
from tests.support.duework.case import DueCase
from tests.support.duework.schedule import two_lessons


def two_to_be_asked_about(cloud: LocalCloud) -> tuple[RoomStatistics, RoomStatistics]:
    ended_at = timezone.now() - dt.timedelta(minutes=1)
    odd, sound = (
        RoomStatistics.objects.create(
            room=ended_room(lesson, cloud, recordings=0), ended_at=ended_at, due_at=ended_at
        )
        for lesson in two_lessons()
    )
    return odd, sound


def is_of_room(odd: RoomStatistics, number: int, *_more: Any, **_options: Any) -> bool:
    return odd.room.number == number


def two_to_be_counted(_cloud: LocalCloud) -> tuple[Lesson, Lesson]:
    odd, sound = two_lessons()
    for lesson in (odd, sound):
        count_soon([lesson.pk], timezone.now())
    return odd, sound


def is_lesson(odd: Lesson, pk: int, *_more: Any, **_options: Any) -> bool:
    return odd.pk == pk


def two_to_be_looked_into(cloud: LocalCloud) -> tuple[RoomPresence, RoomPresence]:
    odd, sound = (
        RoomPresence.objects.create(room=make_room(lesson), due_at=timezone.now())
        for lesson in two_lessons()
    )
    return odd, sound


def is_into_room(odd: RoomPresence, number: int, *_more: Any, **_options: Any) -> bool:
    return odd.room.number == number


def two_to_be_watched(_cloud: LocalCloud) -> tuple[Lesson, Lesson]:
    odd, sound = two_lessons()
    for lesson in (odd, sound):
        LessonWatch.objects.create(lesson=lesson, due_at=timezone.now())
    return odd, sound


def is_among_lessons(odd: Lesson, lesson_ids: list[int], *_more: Any, **_options: Any) -> bool:
    return odd.pk in lesson_ids


def was_judged(lesson: Lesson) -> bool:
    watch = LessonWatch.objects.get(lesson=lesson)
    if watch.last_error:
        return False
    due_at = watch.due_at
    return due_at is not None and due_at > timezone.now()


def two_to_be_told(_cloud: LocalCloud) -> tuple[Alarm, Alarm]:
    UserFactory.create(roles=[Role.PLANNER])
    now = timezone.now()
    odd, sound = (raised(lesson, at=now) for lesson in two_lessons())
    return odd, sound


def is_of_alarm(odd: Alarm, alarm: Alarm, *_more: Any) -> bool:
    return odd.pk == alarm.pk


CASES: tuple[DueCase, ...] = (
    DueCase(
        name="rooms to be asked who was there",
        make=two_to_be_asked_about,
        breaks="classroom.client.statistics.room_statistics",
        is_about=is_of_room,
        run=lambda: ask_due(timezone.now()),
        is_done=lambda row: RoomStatistics.objects.get(pk=row.pk).statistics_at is not None,
    ),
    DueCase(
        name="lessons whose attendance is counted",
        make=two_to_be_counted,
        breaks="attendance.counting.due_lessons.count_lesson",
        is_about=is_lesson,
        run=lambda: count_due(timezone.now()),
        is_done=lambda lesson: LessonAttendance.objects.get(pk=lesson.pk).due_at is None,
    ),
    DueCase(
        name="rooms into which somebody wants to look",
        make=two_to_be_looked_into,
        breaks="attendance.presence.looking.current_members",
        is_about=is_into_room,
        run=lambda: look_due(timezone.now()),
        is_done=lambda row: RoomPresence.objects.get(pk=row.pk).looked_at is not None,
    ),
    DueCase(
        name="lessons whose alarms are judged",
        make=two_to_be_watched,
        breaks="attendance.alarms.watching.read_facts",
        is_about=is_among_lessons,
        run=lambda: watch_due(timezone.now()),
        is_done=was_judged,
    ),
    DueCase(
        name="alarms of classes to be told",
        make=two_to_be_told,
        breaks="attendance.alarms.telling._tell_those_on_duty",
        is_about=is_of_alarm,
        run=lambda: tell_due(timezone.now()),
        is_done=lambda alarm: Alarm.objects.get(pk=alarm.pk).told_at is not None,
    ),
)
