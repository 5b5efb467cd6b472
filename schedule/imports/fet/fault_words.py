"""Words for what has to be known of a file's names, and for its lessons that cannot be placed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext, ngettext

from accounts.models import User
from accounts.names import DISPLAY_NAME_CHARS
from edu_platform.lib.formatting import listed
from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.enums import FetNameKind
from schedule.imports.fet.fet_lessons import FetLesson
from schedule.imports.fet.fet_rows import FetFile
from schedule.imports.fet.meanings import Meaning, Meanings, State
from schedule.models import CLASS_GROUP_NAME_CHARS, Lesson
from schedule.terms.planning.conflict_words import ConflictWords, WeeklyConflict, by_week
from schedule.terms.planning.plan_conflicts import PlanConflict

COLUMN_OF = {
    FetNameKind.DAY: "Day",
    FetNameKind.HOUR: "Hour",
    FetNameKind.TEACHER: "Teachers",
    FetNameKind.STUDENTS: "Students Sets",
}
# The longest names of teachers and class groups that an import makes.
MADE_CHARS = {
    FetNameKind.TEACHER: DISPLAY_NAME_CHARS,
    FetNameKind.STUDENTS: CLASS_GROUP_NAME_CHARS,
}


def open_faults(file: FetFile, meanings: Meanings) -> list[SheetFault]:
    """Return what has to be known of names before anything can be imported."""
    faults: list[SheetFault] = []
    for kind in FetNameKind:
        for name, meaning in meanings.of_kind(kind).items():
            reason = _why_open(kind, name, meaning)
            if reason:
                column = COLUMN_OF[kind]
                faults.append(SheetFault(file.line_of(kind, name), column, reason))
    return faults


def _why_open(kind: FetNameKind, name: str, meaning: Meaning[object]) -> str:
    if meaning.state is State.NEW:
        return why_not_made(kind, name)
    if meaning.state is not State.OPEN:
        return ""
    names = {"name": name, "found": listed(map(in_words, meaning.found))}
    if meaning.found:
        return gettext("%(name)s may be any of these: %(found)s") % names
    texts = {
        FetNameKind.DAY: gettext("which weekday is %(name)s? More than seven days need --days"),
        FetNameKind.HOUR: gettext(
            "%(name)s holds no clock times, and the term has no bell time left for it"
        ),
        FetNameKind.TEACHER: gettext("no active teacher has the username or the name %(name)s"),
        FetNameKind.STUDENTS: gettext("no active class group is called %(name)s"),
    }
    return texts[kind] % names


def why_not_made(kind: FetNameKind, name: str) -> str:
    """Say why nobody and no class group can have this name; empty when there is no reason."""
    limit = MADE_CHARS[kind]
    if len(name) <= limit:
        return ""
    return gettext("longer than %(count)s characters") % {"count": limit}


def in_words(candidate: object) -> str:
    """A person with the username, since names are shared; anything else as it calls itself."""
    return (
        f"{candidate.display_name} ({candidate.username})"
        if isinstance(candidate, User)
        else str(candidate)
    )


def conflict_faults(
    conflicts: Sequence[PlanConflict], by_weekly_lesson: Mapping[int, FetLesson]
) -> list[SheetFault]:
    """The conflicts by the lines of the file; those of all weeks with the same one are told together."""
    weekly_conflicts = by_week(conflicts)
    words = ConflictWords(weekly_conflicts)
    return sorted(
        _fault(
            by_weekly_lesson[weekly_conflict.first.placement.weekly_lesson.pk],
            weekly_conflict,
            words.why(
                weekly_conflict,
                _other_in_words(weekly_conflict, words.lesson(weekly_conflict), by_weekly_lesson),
            ),
        )
        for weekly_conflict in weekly_conflicts
    )


def _fault(lesson: FetLesson, weekly_conflict: WeeklyConflict, why: str) -> SheetFault:
    count = len(weekly_conflict.conflicts)
    text = ngettext(
        "activity %(id)s (%(subject)s): %(count)s lesson left out, on %(date)s: %(why)s",
        "activity %(id)s (%(subject)s): %(count)s lessons left out, the first on %(date)s: %(why)s",
        count,
    ) % {
        "id": lesson.row.activity,
        "subject": lesson.subject,
        "count": count,
        "date": weekly_conflict.first.placement.date.isoformat(),
        "why": why,
    }
    column = "Teachers" if weekly_conflict.who.holder.is_person else "Students Sets"
    return SheetFault(lesson.row.line, column, text)


def _other_in_words(
    weekly_conflict: WeeklyConflict,
    lesson: Lesson | None,
    by_weekly_lesson: Mapping[int, FetLesson],
) -> str:
    """An activity of the file, or the course of a lesson that is there; empty where neither is the cause."""
    if lesson is not None:
        return gettext("the lesson %(lesson)s") % {"lesson": lesson.course.name}
    if weekly_conflict.first.other is None:
        return ""
    row = by_weekly_lesson[weekly_conflict.first.other.weekly_lesson.pk].row
    return gettext("activity %(id)s, line %(line)s") % {"id": row.activity, "line": row.line}
