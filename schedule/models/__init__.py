"""Lessons, courses, class groups, and rooms of the classroom cloud."""

from __future__ import annotations

from schedule.models.class_groups import ClassGroup, Membership, MembershipQuerySet
from schedule.models.lessons import Course, Lesson, LessonQuerySet, Occupation
from schedule.models.rooms import (
    NEVER_HELD_AFTER,
    PLANNED_END,
    PLANNED_START,
    Room,
    RoomPolling,
    RoomPollingQuerySet,
    RoomRequest,
    lock_lesson_of,
)

__all__ = [
    "NEVER_HELD_AFTER",
    "PLANNED_END",
    "PLANNED_START",
    "ClassGroup",
    "Course",
    "Lesson",
    "LessonQuerySet",
    "Membership",
    "MembershipQuerySet",
    "Occupation",
    "Room",
    "RoomPolling",
    "RoomPollingQuerySet",
    "RoomRequest",
    "lock_lesson_of",
]
