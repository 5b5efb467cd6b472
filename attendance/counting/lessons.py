"""Counting a lesson's attendance from what is known: its rooms, what the cloud told of them, rules and roster.

The same facts in any order end in the same rows: whatever changes makes the lesson due, and it is counted anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.db import transaction

from attendance.counting.facts import Facts, facts_of
from attendance.counting.people import save_people
from attendance.counting.roster import roster_of
from attendance.counting.school_rules import rules_for
from attendance.counting.stages import stage_of
from attendance.enums import STAGES_WITH_STATES, AttendanceStage, RosterRole
from attendance.formulas import Held, held_of, seconds_of
from attendance.models import LessonAttendance, PersonAttendance, RoomStatistics
from edu_platform.lib.periods import Period
from schedule.guests.leaving_cloud import forget_in_cloud
from schedule.lessons.begun import is_begun
from schedule.models import Lesson, Room


@transaction.atomic
def count_lesson(lesson_pk: int, at: dt.datetime) -> None:
    """Count the attendance of a lesson anew, and save what differs. Safe to repeat."""
    # Lesson before attendance, as everybody locks them; of its roster and rooms a later change makes it due again.
    lessons = Lesson.objects.select_for_update(of=("self",), no_key=True)
    lesson = lessons.filter(pk=lesson_pk).first()
    if lesson is None:
        return
    rows = LessonAttendance.objects.select_for_update(of=("self",), no_key=True)
    row = rows.get(pk=lesson_pk)
    rooms = list(Room.objects.filter(lesson=lesson).select_related("statistics"))
    before = _shown(row)
    _thaw_if_planned_anew(row, lesson, rooms, at)
    roster = None
    if row.frozen_at is None:
        roster = roster_of(lesson)
        _take_rules(row, lesson)
        row.frozen_at = at if lesson.ends_at <= at else None
    facts, held = _stage(row, lesson, rooms, at)
    have_changed = False
    # What was counted of single stays outlives them, whatever changes of the lesson.
    if not _is_forgotten(rooms):
        people, have_changed = save_people(row, roster, rooms, facts, held)
        sum_students(row, people)
    row.version += have_changed or _shown(row) != before
    row.save()
    if row.became_final_at == at:
        forget_in_cloud([lesson_pk], at=at)


def _is_forgotten(rooms: Collection[Room]) -> bool:
    """Tell whether single stays of one of these rooms were deleted, perhaps since the rooms were read."""
    statistics = RoomStatistics.objects.filter(room__in=rooms, forgotten_at__isnull=False)
    return bool(rooms) and statistics.exists()


def sum_students(row: LessonAttendance, people: Iterable[PersonAttendance]) -> None:
    """Sum up the students of a lesson for lists; the row is not saved."""
    students = [person for person in people if person.role == RosterRole.STUDENT]
    row.students = len(students)
    row.attended = sum(student.has_attended for student in students)


def _shown(row: LessonAttendance) -> tuple[object, ...]:
    return row.stage, row.held, row.is_at_another_time, row.rules, row.students, row.attended


def _thaw_if_planned_anew(
    row: LessonAttendance, lesson: Lesson, rooms: Collection[Room], at: dt.datetime
) -> None:
    """Let rules and roster follow again: a lesson that nobody has begun may get another time."""
    if lesson.ends_at > at and not any(is_begun(room) for room in rooms):
        row.frozen_at = None


def _take_rules(row: LessonAttendance, lesson: Lesson) -> None:
    rules = rules_for(lesson.course_id)
    row.late_after_s, row.left_early_s = rules.late_after_s, rules.left_early_s
    row.absent_below_percent = rules.absent_below_percent


def _stage(
    row: LessonAttendance, lesson: Lesson, rooms: Collection[Room], at: dt.datetime
) -> tuple[Facts, Held]:
    """Set how far the lesson is, and when it was held; return what it is counted from."""
    facts, held = Facts(), Held()
    stage = stage_of(lesson, rooms, at)
    if stage in STAGES_WITH_STATES:
        facts = facts_of(rooms)
        held = held_of(Period(seconds_of(lesson.starts_at), seconds_of(lesson.ends_at)), facts.real)
        if not held.periods:
            stage = AttendanceStage.NOT_HELD  # begun and ended within a second
    row.held = [list(period) for period in held.periods]
    row.is_at_another_time = held.is_at_another_time
    if stage != AttendanceStage.FINAL:
        row.became_final_at = None
    elif row.stage != AttendanceStage.FINAL:
        row.became_final_at = at
    row.stage = stage
    return facts, held
