"""The preview of taking over a file of weekly lessons, row by row, in the form that is kept for its page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import display_names
from edu_platform.lib.spreadsheets.rows import WHOLE_FILE
from edu_platform.lib.versions import version_of
from schedule.enums import RecordMode, RoomType, RowKind, WeeklyLessonSource
from schedule.imports.new_names import with_nearest
from schedule.imports.previews import (
    Cell,
    Preview,
    PreviewRow,
    PreviewRows,
    cells_at_fault,
    faulty_rows,
    named_by_file,
)
from schedule.imports.weekly_lesson_overlaps import RowConflict
from schedule.imports.weekly_lesson_spreadsheet import WeeklyLessonCheck
from schedule.models import Term, class_group_names
from schedule.terms.weekly_lessons.bulk_writing import WeeklyLessonChange
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, plan_of
from schedule.terms.words import (
    periods_in_words,
    time_in_words,
    weekday_in_words,
    weeks_in_words,
)


def preview_weekly_lessons(
    term: Term, check: WeeklyLessonCheck, headings: Mapping[str, str]
) -> Preview:
    """Say what becomes of each row, which may be in conflict, and of what the file does not have."""
    against: dict[int, list[Cell]] = defaultdict(list)
    of_others: list[Cell] = []
    for conflict in check.conflicts:
        is_of_others = conflict.fault.column == WHOLE_FILE
        cells = of_others if is_of_others else against[conflict.fault.line]
        cells.append(_cell_in_conflict(conflict, headings))
    faults = named_by_file(sorted(check.faults), headings)
    wrong = cells_at_fault(faults)
    planned = [
        _with_conflicts(row, against[row.line])
        for row in _rows_of_file(check, headings)
        if row.line not in wrong
    ]
    rows = PreviewRows.of(
        [*planned, *faulty_rows(wrong)],
        before=[PreviewRow(0, RowKind.CONFLICT, cells=tuple(of_others))] if of_others else (),
        after=[
            _row(0, RowKind.REMOVED, plan_of(weekly_lesson))
            for weekly_lesson in check.weekly_lessons.removed
        ],
    )
    return Preview(
        rows=rows,
        version=version_of(rows.packed_rows, check.new_names),
        new_names=with_nearest(check.new_names),
        scope=term.code,
        faults=faults,
        remarks=named_by_file(check.remarks, headings),
    )


def _cell_in_conflict(conflict: RowConflict, headings: Mapping[str, str]) -> Cell:
    fault, lesson = conflict.fault, conflict.lesson
    column = headings.get(fault.column, fault.column)
    if lesson is None:
        return Cell(column, fault=fault.reason)
    address = reverse("schedule:lesson", args=[lesson.code])
    return Cell(column, fault=fault.reason, about=str(lesson), address=address)


def _rows_of_file(check: WeeklyLessonCheck, headings: Mapping[str, str]) -> Iterator[PreviewRow]:
    lines = check.lines()
    difference = check.weekly_lessons
    for number, plan in difference.added.items():
        yield _row(check.rows[number].wish.line, RowKind.NEW, plan)
    for change in difference.changed:
        cells = tuple(_differences(change, headings))
        yield _row(lines[change.weekly_lesson.pk], RowKind.CHANGED, change.after, cells)
    for weekly_lesson in difference.unchanged:
        yield _row(lines[weekly_lesson.pk], RowKind.UNCHANGED, plan_of(weekly_lesson))


def _row(
    line: int, kind: RowKind, plan: WeeklyLessonPlan, cells: tuple[Cell, ...] = ()
) -> PreviewRow:
    time = f"{weekday_in_words(plan.weekday)} {time_in_words(plan.starts, plan.ends)}"
    names = (
        plan.course.name,
        class_group_names(plan.class_groups),
        plan.teacher.display_name,
        f"{time} {weeks_in_words(plan.weeks)}",
    )
    return PreviewRow(line, kind, names, cells)


def _with_conflicts(row: PreviewRow, cells: Sequence[Cell]) -> PreviewRow:
    if not cells:
        return row
    return replace(row, kind=RowKind.CONFLICT, cells=(*cells, *row.cells))


def _differences(change: WeeklyLessonChange, headings: Mapping[str, str]) -> Iterator[Cell]:
    before, after = _in_words(change.before), _in_words(change.after)
    for column, text in after.items():
        if before[column] != text:
            yield Cell(headings[column], before[column], text)
    if change.source_before != WeeklyLessonSource.FILE:
        label = str(WeeklyLessonSource(change.source_before).label)
        yield Cell(gettext("Source"), label, str(WeeklyLessonSource.FILE.label))


def _in_words(plan: WeeklyLessonPlan) -> dict[str, str]:
    """Return what may differ, by the name of its column."""
    return {
        "teacher": plan.teacher.display_name,
        "weekday": weekday_in_words(plan.weekday),
        "start": _hour_in_words(f"{plan.starts:%H:%M}", plan.first_bell),
        "end": _hour_in_words(f"{plan.ends:%H:%M}", plan.last_bell),
        "weeks": weeks_in_words(plan.weeks),
        "room_type": str(RoomType(plan.room_type).label),
        "record": str(RecordMode(plan.record_mode).label),
        "title": plan.title,
        "assistants": display_names(plan.assistants),
    }


def _hour_in_words(time: str, bell: int | None) -> str:
    return time if bell is None else f"{periods_in_words(bell, bell)} {time}"
