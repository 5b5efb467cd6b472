"""The weekly lessons of a term from a spreadsheet."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext

from accounts.enums import AuditKind
from accounts.services import audit
from edu_platform.lib.spreadsheets.reading import read_sheet
from edu_platform.lib.spreadsheets.rows import (
    Remarks,
    SheetFault,
    SheetRefused,
    SheetRemark,
    refuse_file,
)
from schedule.enums import RecordMode, WeeklyLessonSource
from schedule.imports.lookups import Staffed, class_groups_by_name, find_people
from schedule.imports.names import SchoolNames
from schedule.imports.results import ImportResult
from schedule.imports.weekly_lesson_overlaps import RowConflict, lesson_conflicts, weekly_conflicts
from schedule.imports.weekly_lesson_rows import COLUMNS, WeeklyLessonWish, read_weekly_lesson_rows
from schedule.lessons.change import LessonFrozen
from schedule.lessons.delete import LessonBegun
from schedule.lessons.named import courses_by_name
from schedule.lessons.taking import LessonOverlaps
from schedule.models import ClassGroup, Course, PlanningAction, Term
from schedule.terms.bulk_weekly_lessons import WeeklyLessonDifference, replace_weekly_lessons
from schedule.terms.difference import TermDifference, difference
from schedule.terms.term_plan import PlanConflicts, PlanOptions, plan_term
from schedule.terms.weekly_lesson_writing import WeeklyLessonPlan, lock_term


@dataclass(frozen=True, slots=True)
class WeeklyLessonCheck:
    """The effect of a file on the weekly lessons of a term, and what is wrong with it."""

    rows: Sequence[Staffed[WeeklyLessonWish]]
    weekly_lessons: WeeklyLessonDifference
    faults: Sequence[SheetFault]
    conflicts: Sequence[RowConflict]
    remarks: Sequence[SheetRemark] = ()

    def lines(self) -> dict[int, int]:
        """The lines of the file's weekly lessons, by their keys."""
        return {
            weekly_lesson.pk: self.rows[number].wish.line
            for number, weekly_lesson in self.weekly_lessons.weekly_lesson_of.items()
        }


@dataclass(frozen=True, slots=True)
class WeeklyLessonImport:
    """The changes that were made: to weekly lessons, and to lessons."""

    weekly_lessons: WeeklyLessonDifference
    lessons: ImportResult


def import_weekly_lessons(
    data: bytes, term: Term, *, at: dt.datetime, as_draft: bool = False, dry_run: bool = False
) -> WeeklyLessonImport:
    """Make the weekly lessons of files, and the lessons of the term, as this file says; or nothing.

    The term's first plan makes its past lessons too, as history.

    Raises:
        SheetRefused: with every fault that was found.
    """
    try:
        with transaction.atomic():
            weekly_lesson_import = _import(data, term, at=at, as_draft=as_draft, dry_run=dry_run)
            if dry_run:
                transaction.set_rollback(True)
            elif (
                weekly_lesson_import.weekly_lessons.changes_anything
                or weekly_lesson_import.lessons.changes_anything
            ):
                audit.record(
                    AuditKind.LESSONS_IMPORTED,
                    by=None,
                    details=weekly_lesson_import.lessons.counts(),
                )
    except (LessonOverlaps, LessonFrozen, LessonBegun) as err:
        reason = gettext("the timetable was changed meanwhile: import the file again")
        raise refuse_file(reason) from err
    return weekly_lesson_import


def check_weekly_lessons(data: bytes, term: Term, *, at: dt.datetime) -> WeeklyLessonCheck:
    """Return what taking the file over would do, without doing it.

    Raises:
        SheetRefused: the file cannot be read as a table.
    """
    return take_weekly_lessons(data, term, at=at, takes=lambda _found: False)


def take_weekly_lessons(
    data: bytes, term: Term, *, at: dt.datetime, takes: Callable[[WeeklyLessonCheck], bool]
) -> WeeklyLessonCheck:
    """Save the weekly lessons of the file when `takes` says so of what that does. Lessons stay as they are.

    Raises:
        SheetRefused: the file cannot be read as a table.
    """
    with transaction.atomic():
        check = _replace(data, term)
        # Only lessons that would be held are looked at; the past is as it is.
        planned = difference(term, at=at, with_past=False)
        plan_conflicts = lesson_conflicts(planned, check.lines(), check.conflicts)
        check = dataclasses.replace(check, conflicts=[*check.conflicts, *plan_conflicts])
        if check.faults or check.conflicts or not takes(check):
            transaction.set_rollback(True)
    return check


def _import(
    data: bytes, term: Term, *, at: dt.datetime, as_draft: bool, dry_run: bool
) -> WeeklyLessonImport:
    check = _replace(data, term)
    faults = [*check.faults, *(conflict.fault for conflict in check.conflicts)]
    planned = _plan(term, at=at, as_draft=as_draft, only_tries=dry_run or bool(faults))
    plan_conflicts = lesson_conflicts(planned, check.lines(), check.conflicts)
    faults += [conflict.fault for conflict in plan_conflicts]
    if faults:
        raise SheetRefused(faults)
    return WeeklyLessonImport(
        check.weekly_lessons, ImportResult(**planned.counts(), remarks=check.remarks)
    )


def _plan(term: Term, *, at: dt.datetime, as_draft: bool, only_tries: bool) -> TermDifference:
    """Return what planning the term did, or what it would do or cannot do."""
    with_past = term.planned_at is None
    if only_tries:
        return difference(term, at=at, with_past=with_past)
    try:
        return plan_term(
            term,
            action=PlanningAction(),
            options=PlanOptions(at=at, with_past=with_past, is_draft=as_draft),
        )
    except PlanConflicts as err:
        return err.difference


def _replace(data: bytes, term: Term) -> WeeklyLessonCheck:
    """Replace the weekly lessons as far as rows are sound; who calls it takes it back when there are faults."""
    # Before its bell times are read: rows that name periods have their hours by them.
    lock_term(term)
    faults: list[SheetFault] = []
    sheet = read_sheet(data, COLUMNS, faults)
    remarks = Remarks()
    read = read_weekly_lesson_rows(sheet, term, SchoolNames.read(), faults, remarks)
    rows = find_people(read, faults)
    weekly_difference = replace_weekly_lessons(
        term, _plans_of(rows), source=WeeklyLessonSource.FILE
    )
    check = WeeklyLessonCheck(rows, weekly_difference, faults, (), remarks.told())
    faults.extend(_double_role_faults(check))
    conflicts = weekly_conflicts(term, weekly_difference, check.lines())
    return dataclasses.replace(check, conflicts=conflicts)


def _plans_of(rows: Sequence[Staffed[WeeklyLessonWish]]) -> list[WeeklyLessonPlan]:
    """The plan of each row; courses and class groups that are missing are made."""
    courses = courses_by_name(row.wish.cells.course for row in rows)
    groups = class_groups_by_name(name for row in rows for name in row.wish.cells.class_groups)
    return [
        _plan_of(
            row,
            courses[row.wish.cells.course],
            tuple(groups[name] for name in row.wish.cells.class_groups),
        )
        for row in rows
    ]


def _plan_of(
    row: Staffed[WeeklyLessonWish], course: Course, class_groups: tuple[ClassGroup, ...]
) -> WeeklyLessonPlan:
    wish, cells = row.wish, row.wish.cells
    is_given = {"title": bool(cells.title), "assistants": row.assistants is not None}
    return WeeklyLessonPlan(
        course=course,
        teacher=row.teacher,
        class_groups=class_groups,
        weekday=wish.weekday,
        starts=wish.starts,
        ends=wish.ends,
        assistants=row.assistants or (),
        first_bell=wish.first_bell,
        last_bell=wish.last_bell,
        weeks=wish.weeks,
        title=cells.title,
        room_type=cells.room_type,
        record_mode=RecordMode.AUTOMATIC if cells.is_recorded else RecordMode.NONE,
        unsaid=frozenset({"overlap_reason", *(name for name in is_given if not is_given[name])}),
    )


def _double_role_faults(check: WeeklyLessonCheck) -> Iterator[SheetFault]:
    """Teachers who would assist themselves, as assistants of the weekly lesson until now."""
    lines = check.lines()
    for change in check.weekly_lessons.changed:
        if change.after.teacher in change.after.assistants:
            reason = gettext("the teacher is not their own assistant")
            yield SheetFault(lines[change.weekly_lesson.pk], "teacher", reason)
