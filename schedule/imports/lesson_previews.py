"""The result of the check of a file of lessons, in words, as it is kept for its pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.urls import reverse

from accounts.models import User, display_names
from edu_platform.lib.batches import in_batches
from edu_platform.lib.formatting import time_text
from edu_platform.lib.natural_order import sorted_people
from edu_platform.lib.progress import Phase, counted
from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.enums import RecordMode, RoomType, RowKind
from schedule.history.words import period_text
from schedule.imports.lesson_checks import Difference, LessonCheck, differences_of, kind_of
from schedule.imports.lesson_plans import Planned
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
from schedule.models import class_group_names

Names = Mapping[int, str]


def preview_lessons(check: LessonCheck, headings: Mapping[str, str], *, as_draft: bool) -> Preview:
    """Say what becomes of each row, and which lesson is in its way."""
    faults = named_by_file(sorted([*check.faults, *check.conflicts]), headings)
    wrong = cells_at_fault(named_by_file(check.faults, headings))
    against = _cells_in_conflict(check, headings)
    differences_by_line = {row.wish.line: differences_of(row) for row in check.rows}
    names = _names(check.rows)
    rows = []
    for row in counted(check.rows, Phase.CHECKING, len(check.rows)):
        line = row.wish.line
        cells = [*wrong.pop(line, ()), *against[line]]
        kind = RowKind.CONFLICT if against[line] else kind_of(row)
        if len(cells) > len(against[line]):
            kind = RowKind.FAULTY
        if not cells:
            cells = list(_cells(row, differences_by_line[line], headings, names))
        rows.append(PreviewRow(line, kind, _row_names(row), tuple(cells)))
    return Preview(
        rows=PreviewRows.of([*rows, *faulty_rows(wrong)]),
        answers={"as_draft": as_draft},
        version=check.version,
        new_names=with_nearest(check.new_names),
        faults=faults,
        remarks=named_by_file(check.remarks, headings),
    )


def _row_names(row: Planned) -> tuple[str, ...]:
    plan = row.plan
    return (
        plan.course.name,
        class_group_names(plan.class_groups),
        plan.teacher.display_name,
        period_text(plan.starts_at, plan.ends_at),
    )


def _cells_in_conflict(check: LessonCheck, headings: Mapping[str, str]) -> dict[int, list[Cell]]:
    in_the_way = check.in_the_way
    cells_by_line: dict[int, list[Cell]] = defaultdict(list)
    for fault in sorted(check.conflicts):
        cells_by_line[fault.line].append(_cell_in_conflict(fault, headings, in_the_way))
    return cells_by_line


def _cell_in_conflict(
    fault: SheetFault, headings: Mapping[str, str], in_the_way: Mapping[tuple[int, str], Any]
) -> Cell:
    column = headings.get(fault.column, fault.column)
    lesson = in_the_way.get((fault.line, fault.column))
    if lesson is None:
        return Cell(column, fault=fault.reason)
    address = reverse("schedule:lesson", args=[lesson.code])
    return Cell(column, fault=fault.reason, about=str(lesson), address=address)


def _cells(
    row: Planned, differences: Sequence[Difference], headings: Mapping[str, str], names: Names
) -> Iterator[Cell]:
    if row.known is None:
        yield from _cells_of_new(row, headings)
    for difference in differences:
        text = _TEXTS.get(difference.column, _plain)
        yield Cell(
            headings[difference.column],
            text(difference.before, names),
            text(difference.after, names),
        )


def _cells_of_new(row: Planned, headings: Mapping[str, str]) -> Iterator[Cell]:
    """Yield what a new lesson has beside what the row is known by."""
    plan = row.plan
    texts = {
        "title": plan.title,
        "assistants": display_names(plan.assistants),
        "room_id": str(row.wish.room_id or ""),
    }
    for column, text in texts.items():
        if text:
            yield Cell(headings[column], after=text)


def _names(rows: Sequence[Planned]) -> Names:
    """Return the names of all in a difference: those of the file, and who teaches the lessons until now."""
    names = {
        user.pk: user.display_name
        for row in rows
        for user in (
            *(row.plan.teacher, *row.plan.assistants),
            *(row.known.assistants if row.known else ()),
        )
    }
    teachers = (row.lesson.teacher_id for row in rows if row.lesson is not None and row.differs)
    for batch in in_batches(pk for pk in teachers if pk not in names):
        users = User.objects.get_queryset().filter(pk__in=batch)
        names.update(users.values_list("pk", "display_name"))
    return names


def _plain(value: Any, _names: Names) -> str:
    return "" if value is None else str(value)


_TEXTS: Mapping[str, Callable[[Any, Names], str]] = {
    "teacher": lambda pk, names: names[pk],
    "assistants": lambda pks, names: "、".join(sorted_people(names[pk] for pk in pks)),
    "end": lambda moment, _names: time_text(moment),
    "room_type": lambda value, _names: str(RoomType(value).label),
    "record": lambda value, _names: str(RecordMode(value).label),
}
