"""Hooks of attendance into the apps below, registered once when this app starts."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone

from attendance.collecting.following import follow_rooms
from attendance.counting.due_lessons import forget, recount
from schedule.hooks import deletion_listeners, lesson_listeners, room_listeners

# After the timetable, replays and courseware, whose rows are locked first.
ORDER = 40


def register() -> None:
    lesson_listeners.register(count_changed_lessons, order=ORDER)
    room_listeners.register(follow_rooms, order=ORDER)
    deletion_listeners.register(forget, order=ORDER)


def count_changed_lessons(lesson_ids: Collection[int]) -> None:
    recount(lesson_ids, timezone.now())
