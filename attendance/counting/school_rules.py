"""The rules that hold for a course now: its own where it has some, else the school's."""

from __future__ import annotations

from accounts.models import SchoolSettings
from attendance.models import CourseRules
from attendance.rules import MINUTE_S, AttendanceRules


def school_rules(school: SchoolSettings) -> AttendanceRules:
    return AttendanceRules(
        late_after_s=school.late_after_min * MINUTE_S,
        left_early_s=school.left_early_min * MINUTE_S,
        absent_below_percent=school.absent_below_percent,
    )


def rules_for(course_pk: int) -> AttendanceRules:
    """Return the rules by which a lesson of this course is counted; two queries."""
    rules = school_rules(SchoolSettings.load())
    own = CourseRules.objects.filter(course=course_pk).first()
    return rules if own is None else own.instead_of(rules)
