"""Attendance: what the cloud told of each room, and what it counts for each lesson and person."""

from __future__ import annotations

from attendance.models.corrections import Correction
from attendance.models.lessons import (
    CourseRules,
    LessonAttendance,
    LessonAttendanceQuerySet,
    PersonAttendance,
    PersonAttendanceQuerySet,
)
from attendance.models.rooms import MemberRecord, RoomStatistics, RoomStatisticsQuerySet, Stay

__all__ = [
    "Correction",
    "CourseRules",
    "LessonAttendance",
    "LessonAttendanceQuerySet",
    "MemberRecord",
    "PersonAttendance",
    "PersonAttendanceQuerySet",
    "RoomStatistics",
    "RoomStatisticsQuerySet",
    "Stay",
]
