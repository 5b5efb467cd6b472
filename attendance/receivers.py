"""Hooks of attendance into the apps below, registered once when this app starts."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone

from attendance.collecting.following import follow_rooms
from attendance.counting.due_lessons import forget, recount
from attendance.teaching import real_teaching_of
from attendance.timetable_marks import (
    head_count_marks,
    lesson_attendance_facts,
    own_state_marks,
    school_head_count_marks,
)
from schedule.hooks import (
    deletion_listeners,
    fact_makers,
    lesson_listeners,
    mark_makers,
    own_mark_makers,
    real_teaching_makers,
    room_listeners,
    school_mark_makers,
)

# After the timetable, replays and courseware, whose rows are locked first.
ORDER = 40


def register() -> None:
    lesson_listeners.register(count_changed_lessons, order=ORDER)
    room_listeners.register(follow_rooms, order=ORDER)
    deletion_listeners.register(forget, order=ORDER)
    fact_makers.register(lesson_attendance_facts, order=ORDER)
    mark_makers.register(head_count_marks, order=ORDER)
    own_mark_makers.register(own_state_marks, order=ORDER)
    real_teaching_makers.register(real_teaching_of, order=ORDER)
    school_mark_makers.register(school_head_count_marks, order=ORDER)


def count_changed_lessons(lesson_ids: Collection[int]) -> None:
    recount(lesson_ids, timezone.now())
