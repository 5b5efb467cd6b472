"""The only door from a request to an object: foreign and missing are the same 404."""

from __future__ import annotations

from schedule.class_groups.access import (
    channels_for,
    class_groups_taught_by,
    get_channel,
    get_class_group,
    is_class_teacher,
)
from schedule.hours.access import HoursChoice, get_hours_choice, may_see_hours
from schedule.lessons.access import (
    RosterLesson,
    begins_with_day,
    entry_relation,
    general_relations,
    get_last_entered,
    get_lesson_for,
    get_lesson_to_enter,
    get_lesson_with_relations,
    get_lessons_to_plan,
    lesson_relations,
    lesson_relations_of,
    may_plan,
    may_see_day,
    opens_at,
    relations_for,
    require,
)
from schedule.terms.access import (
    find_checked_file,
    find_checked_rows,
    get_import_of_lessons,
    get_pattern_for,
    get_planning_action,
    get_term_for,
)
from schedule.timetable.access import (
    WHOLE_SCHOOL,
    TimetableChoice,
    get_absent_teacher,
    get_class_groups_to_print,
    get_timetable_choice,
)

__all__ = [
    "WHOLE_SCHOOL",
    "HoursChoice",
    "RosterLesson",
    "TimetableChoice",
    "begins_with_day",
    "channels_for",
    "class_groups_taught_by",
    "entry_relation",
    "find_checked_file",
    "find_checked_rows",
    "general_relations",
    "get_absent_teacher",
    "get_channel",
    "get_class_group",
    "get_class_groups_to_print",
    "get_hours_choice",
    "get_import_of_lessons",
    "get_last_entered",
    "get_lesson_for",
    "get_lesson_to_enter",
    "get_lesson_with_relations",
    "get_lessons_to_plan",
    "get_pattern_for",
    "get_planning_action",
    "get_term_for",
    "get_timetable_choice",
    "is_class_teacher",
    "lesson_relations",
    "lesson_relations_of",
    "may_plan",
    "may_see_day",
    "may_see_hours",
    "opens_at",
    "relations_for",
    "require",
]
