"""What is taught, to whom, when, and in which room of the classroom cloud."""

from __future__ import annotations

from schedule.models.class_groups import ClassGroup, Membership, MembershipQuerySet
from schedule.models.lessons import Course, Lesson, LessonQuerySet, Occupation
from schedule.models.rooms import Room, RoomRequest

__all__ = [
    "ClassGroup",
    "Course",
    "Lesson",
    "LessonQuerySet",
    "Membership",
    "MembershipQuerySet",
    "Occupation",
    "Room",
    "RoomRequest",
]
