"""The lessons of a file that cannot be placed, in words: each weekly lesson once for each who is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext, ngettext

from accounts.models import User
from edu_platform.lib.batches import in_batches
from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.imports.fet.weekly_lessons import WeeklyLesson
from schedule.models import ClassGroup, Lesson
from schedule.services.overlaps import Holder
from schedule.terms.plan_conflicts import PlanConflict

Key = tuple[int, Holder, str]


def conflict_faults(
    conflicts: Sequence[PlanConflict], by_pattern: Mapping[int, WeeklyLesson]
) -> list[SheetFault]:
    """The conflicts by the lines of the file; conflicts of all weeks with the same one are told together."""
    others = _lessons_in_words(conflicts, by_pattern)
    together: dict[Key, list[PlanConflict]] = {}
    for conflict, other in zip(conflicts, others, strict=True):
        key = (conflict.placement.pattern.pk, conflict.holder, other)
        together.setdefault(key, []).append(conflict)
    return sorted(
        _fault(by_pattern[pattern_id], some, other)
        for (pattern_id, _holder, other), some in together.items()
    )


def _fault(lesson: WeeklyLesson, conflicts: Sequence[PlanConflict], other: str) -> SheetFault:
    first = conflicts[0]
    found = _named(first)
    count = len(conflicts)
    text = ngettext(
        "activity %(id)s (%(subject)s): %(who)s is in %(other)s at that time; %(count)s lesson left out, on %(date)s",
        "activity %(id)s (%(subject)s): %(who)s is in %(other)s at that time; %(count)s lessons left out, the first on %(date)s",
        count,
    ) % {
        "id": lesson.row.activity,
        "subject": lesson.subject,
        "who": found.display_name if isinstance(found, User) else found.name,
        "other": other,
        "count": count,
        "date": first.placement.date.isoformat(),
    }
    column = "Teachers" if first.holder.is_person else "Students Sets"
    return SheetFault(lesson.row.line, column, text)


def _named(conflict: PlanConflict) -> User | ClassGroup:
    plan, holder = conflict.placement.plan, conflict.holder
    if holder.is_person:
        return next(user for user in (plan.teacher, *plan.assistants) if user.pk == holder.pk)
    return next(group for group in plan.class_groups if group.pk == holder.pk)


def _lessons_in_words(
    conflicts: Sequence[PlanConflict], by_pattern: Mapping[int, WeeklyLesson]
) -> list[str]:
    """The other lesson of each conflict: an activity of the file, or the course of one that is there."""
    courses: dict[int | None, str] = {}
    for batch in in_batches(each.lesson_id for each in conflicts if each.lesson_id is not None):
        rows = Lesson.objects.filter(pk__in=batch)
        courses.update(rows.values_list("pk", "course__name"))
    words: list[str] = []
    for each in conflicts:
        if each.other is not None:
            row = by_pattern[each.other.pattern.pk].row
            words.append(
                gettext("activity %(id)s, line %(line)s") % {"id": row.activity, "line": row.line}
            )
        else:
            name = courses[each.lesson_id]
            words.append(gettext("the lesson %(lesson)s") % {"lesson": name})
    return words
