"""Due work of attendance: rooms asked about, lessons counted."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from attendance.collecting.asking import ask_due
from attendance.counting.due_lessons import count_due, count_soon
from attendance.models import LessonAttendance, RoomStatistics
from schedule.models import Lesson
from tests.support.classes import ended_room
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
        breaks="attendance.counting.due_lessons.settle",
        is_about=is_lesson,
        run=lambda: count_due(timezone.now()),
        is_done=lambda lesson: LessonAttendance.objects.get(pk=lesson.pk).due_at is None,
    ),
)
