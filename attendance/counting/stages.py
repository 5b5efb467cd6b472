"""The stage of a lesson's attendance, by the state of its rooms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from attendance.enums import AttendanceStage
from attendance.models import RoomStatistics
from schedule.lessons.begun import is_begun, is_over
from schedule.models import Lesson, Room


def statistics_of(room: Room) -> RoomStatistics | None:
    """Return what is collected of a room that was read with its statistics."""
    statistics: RoomStatistics | None = getattr(room, "statistics", None)
    return statistics


def stage_of(lesson: Lesson, rooms: Collection[Room], at: dt.datetime) -> AttendanceStage:
    """Return the stage of a lesson; its rooms are those of all times, read with their statistics."""
    if not lesson.is_published:
        return AttendanceStage.NOT_HELD if lesson.is_cancelled else AttendanceStage.TO_COME
    begun = [room for room in rooms if is_begun(room)]
    goes_on = any(room.is_current and room.is_open for room in rooms)
    ended = [room for room in begun if is_over(room)]
    if not ended:
        is_to_come = bool(begun) or goes_on or lesson.ends_at > at
        return AttendanceStage.TO_COME if is_to_come else AttendanceStage.NOT_HELD
    if goes_on or len(ended) < len(begun):
        return AttendanceStage.PROVISIONAL
    is_known = all(_has_told_all(room) for room in ended)
    return AttendanceStage.FINAL if is_known else AttendanceStage.PROVISIONAL


def _has_told_all(room: Room) -> bool:
    statistics = statistics_of(room)
    return statistics is not None and statistics.has_told_all
