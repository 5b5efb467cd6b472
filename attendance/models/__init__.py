"""Attendance: what the cloud told of each room, and what it counts for each lesson and person."""

from __future__ import annotations

from attendance.models.alarms import (
    NOTE_CHARS,
    WALL_NAME_CHARS,
    Alarm,
    AlarmQuerySet,
    DutyHours,
    LessonWatch,
    LessonWatchQuerySet,
    WallAddress,
)
from attendance.models.corrections import Correction
from attendance.models.lessons import (
    CourseRules,
    LessonAttendance,
    LessonAttendanceQuerySet,
    PersonAttendance,
    PersonAttendanceQuerySet,
)
from attendance.models.presence import RoomPresence, RoomPresenceQuerySet
from attendance.models.rooms import MemberRecord, RoomStatistics, RoomStatisticsQuerySet, Stay

__all__ = [
    "NOTE_CHARS",
    "WALL_NAME_CHARS",
    "Alarm",
    "AlarmQuerySet",
    "Correction",
    "CourseRules",
    "DutyHours",
    "LessonAttendance",
    "LessonAttendanceQuerySet",
    "LessonWatch",
    "LessonWatchQuerySet",
    "MemberRecord",
    "PersonAttendance",
    "PersonAttendanceQuerySet",
    "RoomPresence",
    "RoomPresenceQuerySet",
    "RoomStatistics",
    "RoomStatisticsQuerySet",
    "Stay",
    "WallAddress",
]
