"""The lessons of a file that cannot be placed, in words: each weekly lesson once for each who is taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext, ngettext

from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.imports.fet.fet_lessons import FetLesson
from schedule.models import Lesson
from schedule.terms.conflict_words import ConflictWords, WeeklyConflict, by_week
from schedule.terms.plan_conflicts import PlanConflict


def conflict_faults(
    conflicts: Sequence[PlanConflict], by_weekly_lesson: Mapping[int, FetLesson]
) -> list[SheetFault]:
    """The conflicts by the lines of the file; those of all weeks with the same one are told together."""
    found = by_week(conflicts)
    words = ConflictWords(found)
    return sorted(
        _fault(
            by_weekly_lesson[each.first.placement.weekly_lesson.pk],
            each,
            words.why(each, _other_in_words(each, words.lesson(each), by_weekly_lesson)),
        )
        for each in found
    )


def _fault(lesson: FetLesson, found: WeeklyConflict, why: str) -> SheetFault:
    count = len(found.conflicts)
    text = ngettext(
        "activity %(id)s (%(subject)s): %(count)s lesson left out, on %(date)s: %(why)s",
        "activity %(id)s (%(subject)s): %(count)s lessons left out, the first on %(date)s: %(why)s",
        count,
    ) % {
        "id": lesson.row.activity,
        "subject": lesson.subject,
        "count": count,
        "date": found.first.placement.date.isoformat(),
        "why": why,
    }
    column = "Teachers" if found.who.holder.is_person else "Students Sets"
    return SheetFault(lesson.row.line, column, text)


def _other_in_words(
    found: WeeklyConflict, lesson: Lesson | None, by_weekly_lesson: Mapping[int, FetLesson]
) -> str:
    """An activity of the file, or the course of a lesson that is there; empty where neither is the cause."""
    if lesson is not None:
        return gettext("the lesson %(lesson)s") % {"lesson": lesson.course.name}
    if found.first.other is None:
        return ""
    row = by_weekly_lesson[found.first.other.weekly_lesson.pk].row
    return gettext("activity %(id)s, line %(line)s") % {"id": row.activity, "line": row.line}
