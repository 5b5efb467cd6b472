"""The rules by which a course is counted otherwise than the school."""

from __future__ import annotations

from django.db import transaction

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from attendance.models import CourseRules
from edu_platform.lib.formatting import NOTHING
from edu_platform.lib.versions import require_as_shown, version_of
from schedule.models import Course

FIELDS = ("late_after_min", "left_early_min", "absent_below_percent")

# The values of FIELDS; None: the school's.
Values = tuple[int | None, ...]


def values_of(rules: CourseRules | None) -> Values:
    return tuple(None if rules is None else getattr(rules, name) for name in FIELDS)


def version_of_rules(rules: CourseRules | None) -> str:
    return version_of(*values_of(rules))


@transaction.atomic
def set_rules(course: Course, values: Values, *, known: str, by: User) -> bool:
    """Set the rules of a course; return whether they are others now.

    Lessons whose planned end has passed keep theirs.

    Raises:
        Course.DoesNotExist: it was deleted meanwhile.
        NotAsShown: they are not what the form showed.
    """
    Course.objects.select_for_update(no_key=True).get(pk=course.pk)
    now = CourseRules.objects.filter(course=course).first()
    require_as_shown(now, known, version_of_rules(now))
    before = values_of(now)
    if before == values:
        return False
    if any(value is not None for value in values):
        own = dict(zip(FIELDS, values, strict=True))
        CourseRules.objects.update_or_create(course=course, defaults=own)
    elif now is not None:
        now.delete()
    changes = f"{_written(before)} → {_written(values)}"
    audit.record_row(AuditKind.ATTENDANCE_RULES_CHANGED, course, by=by, changes=changes)
    return True


def _written(values: Values) -> str:
    return "/".join(NOTHING if value is None else str(value) for value in values)
