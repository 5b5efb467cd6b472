"""People who would be in two lessons at once, were the weekly lessons of a file taken over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from edu_platform.lib.progress import Phase, counted
from edu_platform.lib.spreadsheets.rows import WHOLE_FILE, SheetFault
from schedule.models import Lesson, Term, WeeklyLesson
from schedule.occupancy.bookings import Holder
from schedule.occupancy.overlaps import Who
from schedule.occupancy.words import named, taken_in_words, who_in_words
from schedule.terms.planning.conflict_words import ConflictWords, WeeklyConflict, by_week
from schedule.terms.planning.term_difference import TermDifference
from schedule.terms.weekly_lessons.bulk_writing import WeeklyLessonDifference
from schedule.terms.weekly_lessons.overlaps import TakenWeeks, WeeklyOverlap
from schedule.terms.weekly_lessons.writing import plan_of
from schedule.terms.words import weekly_lesson_in_a_sentence, weekly_lesson_in_words

FIRST_LINE = 1


@dataclass(frozen=True, slots=True)
class RowConflict:
    """A row of which somebody is taken already, and by which lesson of the timetable, where it is one."""

    fault: SheetFault
    lesson: Lesson | None = None


def weekly_conflicts(
    term: Term,
    weekly_lessons: Collection[WeeklyLesson],
    difference: WeeklyLessonDifference,
    lines: Mapping[int, int],
) -> list[RowConflict]:
    """The rows that overlap with an earlier row, or with a weekly lesson that is not of the file; three queries.

    `weekly_lessons` are those of the term once the file is taken, `lines` those of the file among them, by key. Each
    row once for each person or class group, which then stands in nobody's way by it, so that the rest fits together.
    """
    taken = TakenWeeks(term)
    overlaps: list[tuple[WeeklyLesson, WeeklyOverlap]] = []
    new_places = difference.new_places()
    in_order = sorted(weekly_lessons, key=lambda weekly_lesson: lines.get(weekly_lesson.pk, 0))
    for weekly_lesson in counted(in_order, Phase.COMPARING, len(in_order)):
        plan, keeps_place = plan_of(weekly_lesson), weekly_lesson.pk not in new_places
        first: dict[Holder, WeeklyOverlap] = {}
        if weekly_lesson.pk in lines:
            for overlap in taken.overlaps_of(plan, keeps_place=keeps_place):
                first.setdefault(overlap.who.holder, overlap)
        taken.add(weekly_lesson, plan, keeps_place=keeps_place, without=first.keys())
        overlaps += [(weekly_lesson, overlap) for overlap in first.values()]
    # Class groups that are made by the file have no name in the database.
    name_by_holder = named(
        (),
        (
            group
            for weekly_lesson, overlap in overlaps
            for group in (
                *weekly_lesson.class_groups.all(),
                *overlap.weekly_lesson.class_groups.all(),
            )
        ),
    )
    names = who_in_words(
        {overlap.who for _weekly_lesson, overlap in overlaps}, known=name_by_holder
    )
    return [_row_conflict(*pair, names, lines) for pair in overlaps]


def _row_conflict(
    weekly_lesson: WeeklyLesson,
    overlap: WeeklyOverlap,
    names: Mapping[Who, str],
    lines: Mapping[int, int],
) -> RowConflict:
    line = lines.get(overlap.weekly_lesson.pk)
    other = (
        weekly_lesson_in_a_sentence(overlap.weekly_lesson)
        if line is None
        else gettext("the lesson of line %(line)s") % {"line": line}
    )
    reason = taken_in_words(overlap.who, names[overlap.who], other)
    column = _column_of(overlap.who.holder, weekly_lesson)
    return RowConflict(SheetFault(lines[weekly_lesson.pk], column, reason))


def lesson_conflicts(
    difference: TermDifference, lines: Mapping[int, int], earlier_conflicts: Iterable[RowConflict]
) -> list[RowConflict]:
    """The rows whose lessons another lesson stands against, but for what was told already."""
    blamed_cells = {(conflict.fault.line, conflict.fault.column) for conflict in earlier_conflicts}
    weekly = by_week(difference.conflicts)
    words = ConflictWords(weekly)
    row_conflicts: list[RowConflict] = []
    for weekly_conflict in weekly:
        weekly_lesson = weekly_conflict.first.placement.weekly_lesson
        lesson = words.lesson(weekly_conflict)
        line = lines.get(weekly_lesson.pk)
        column = _column_of(weekly_conflict.first.holder, weekly_lesson)
        # Where weekly lessons stand in each other's way, the lessons do too.
        is_of_term = weekly_conflict.first.other is not None or hasattr(lesson, "planned")
        if not weekly_conflict.first.takes_no_part and (
            (line, column) in blamed_cells or (is_of_term and blamed_cells)
        ):
            continue
        why = words.why(weekly_conflict, _other_in_words(weekly_conflict, lesson))
        row_conflicts.append(RowConflict(_fault_of(weekly_lesson, line, column, why), lesson))
    return row_conflicts


def _other_in_words(weekly_conflict: WeeklyConflict, lesson: Lesson | None) -> str:
    """Empty where no other lesson is the cause."""
    if lesson is not None:
        return gettext("the lesson %(lesson)s") % {"lesson": lesson}
    if weekly_conflict.first.other is None:
        return ""
    return weekly_lesson_in_a_sentence(weekly_conflict.first.other.weekly_lesson)


def _fault_of(weekly_lesson: WeeklyLesson, line: int | None, column: str, why: str) -> SheetFault:
    if line is not None:
        return SheetFault(line, column, why)
    reason = gettext("the weekly lesson %(weekly_lesson)s, which is not of this file: %(why)s") % {
        "weekly_lesson": weekly_lesson_in_words(weekly_lesson),
        "why": why,
    }
    return SheetFault(FIRST_LINE, WHOLE_FILE, reason)


def _column_of(holder: Holder, weekly_lesson: WeeklyLesson) -> str:
    if not holder.is_person:
        return "class_groups"
    return "teacher" if weekly_lesson.teacher_id == holder.pk else "assistants"
