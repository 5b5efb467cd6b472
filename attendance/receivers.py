"""Hooks of attendance into the apps below, registered once when this app starts."""

from __future__ import annotations

from collections.abc import Collection

from django.utils import timezone

from accounts.hooks import erasure_refusals, leaving_listeners, leaving_note_makers
from accounts.notice_kinds import register_notice
from attendance.absences.notices import ABSENCES_NOTICE, ABSENCES_WORDS
from attendance.alarms import student_lines
from attendance.alarms.leaving import duty_notes, end_duty
from attendance.alarms.notices import (
    ALARM_NOTICE,
    ALARM_WORDS,
    UNANSWERED_NOTICE,
    UNANSWERED_WORDS,
)
from attendance.alarms.telling import take_back_of_deleted
from attendance.alarms.watching import lessons_have_changed, rooms_have_changed
from attendance.class_starts.links import class_starts_link
from attendance.collecting.following import follow_rooms
from attendance.corrections.notices import CORRECTED_NOTICE, CORRECTED_WORDS
from attendance.counting.due_lessons import forget, recount
from attendance.course_rules.views import PANEL_ORDER as COURSE_PANEL_ORDER
from attendance.course_rules.views import course_rules_panel
from attendance.lesson_page.panel import PANEL_ORDER, lesson_attendance_panel
from attendance.missing.not_in_order import attendance_not_in_order
from attendance.month_export.work import EXPORT_ATTENDANCE
from attendance.now.today import board_link, notes_of_now
from attendance.overviews.family_section import attendance_section
from attendance.overviews.page_links import class_group_link, month_file_link, person_panel
from attendance.presence.erasing import rooms_with
from attendance.presence.looking import mark_rooms
from attendance.teaching import real_teaching_of
from attendance.timetable_marks import (
    head_count_marks,
    lesson_attendance_facts,
    own_state_marks,
    school_head_count_marks,
)
from attendance.watching import keep_watched
from classroom.hooks import member_listeners
from schedule.class_group_hooks import class_group_link_makers
from schedule.family_hooks import family_section_makers
from schedule.hooks import (
    course_panel_makers,
    day_link_makers,
    deletion_listeners,
    door_note_makers,
    fact_makers,
    lesson_listeners,
    mark_makers,
    month_file_makers,
    own_page_fact_makers,
    panel_makers,
    person_panel_makers,
    real_teaching_makers,
    room_listeners,
    school_mark_makers,
    watched_listeners,
)
from schedule.school_day_hooks import not_in_order_makers, tile_note_makers
from schedule.work.kinds import register_work

# After the timetable, replays and courseware, whose rows are locked first.
ORDER = 35
# After what is counted: who is inside rooms, and their alarms, are locked last.
ALARMS_ORDER = 36


def register() -> None:
    erasure_refusals.register(rooms_with, order=ORDER)
    watched_listeners.register(keep_watched, order=ORDER)
    lesson_listeners.register(count_changed_lessons, order=ORDER)
    room_listeners.register(follow_rooms, order=ORDER)
    deletion_listeners.register(forget, order=ORDER)
    fact_makers.register(lesson_attendance_facts, order=ORDER)
    mark_makers.register(head_count_marks, order=ORDER)
    mark_makers.register(own_state_marks, order=ORDER + 1)
    real_teaching_makers.register(real_teaching_of, order=ORDER)
    month_file_makers.register(month_file_link, order=ORDER)
    month_file_makers.register(class_starts_link, order=ORDER + 1)
    class_group_link_makers.register(class_group_link, order=ORDER)
    person_panel_makers.register(person_panel, order=ORDER)
    family_section_makers.register(attendance_section, order=ORDER)
    register_work(EXPORT_ATTENDANCE)
    school_mark_makers.register(school_head_count_marks, order=ORDER)
    panel_makers.register(lesson_attendance_panel, order=PANEL_ORDER)
    course_panel_makers.register(course_rules_panel, order=COURSE_PANEL_ORDER)
    tile_note_makers.register(notes_of_now, order=ORDER)
    day_link_makers.register(board_link, order=ORDER)
    not_in_order_makers.register(attendance_not_in_order, order=ORDER)
    register_alarms()
    register_notice(CORRECTED_NOTICE, CORRECTED_WORDS)
    register_notice(ABSENCES_NOTICE, ABSENCES_WORDS)
    register_notice(ALARM_NOTICE, ALARM_WORDS)
    register_notice(UNANSWERED_NOTICE, UNANSWERED_WORDS)


def register_alarms() -> None:
    leaving_listeners.register(end_duty, order=ALARMS_ORDER)
    leaving_note_makers.register(duty_notes, order=ALARMS_ORDER)
    member_listeners.register(mark_rooms, order=ORDER)
    lesson_listeners.register(lessons_have_changed, order=ALARMS_ORDER)
    room_listeners.register(rooms_have_changed, order=ALARMS_ORDER)
    deletion_listeners.register(take_back_of_deleted, order=ALARMS_ORDER)
    own_page_fact_makers.register(student_lines.alarm_facts, order=ORDER)
    door_note_makers.register(student_lines.office_knows_note, order=ORDER)
    panel_makers.register(student_lines.office_knows_panel, order=student_lines.PANEL_ORDER)


def count_changed_lessons(lesson_ids: Collection[int]) -> None:
    recount(lesson_ids, timezone.now())
