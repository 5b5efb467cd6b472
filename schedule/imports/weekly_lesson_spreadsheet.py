"""The weekly lessons of a term from a spreadsheet."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from accounts.enums import AuditKind
from accounts.services import audit
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.spreadsheets.reading import read_sheet
from edu_platform.lib.spreadsheets.rows import (
    Remarks,
    SheetFault,
    SheetRefused,
    SheetRemark,
    refuse_file,
)
from schedule.enums import ImportTopic, RecordMode, WeeklyLessonSource
from schedule.imports.lookups import Staffed, find_people
from schedule.imports.made_names import (
    MadeNames,
    class_groups_planned_with,
    courses_planned_with,
    save_made,
)
from schedule.imports.names import SchoolNames
from schedule.imports.new_names import NewName, names_made
from schedule.imports.records import (
    FROM_NOWHERE,
    FileSource,
    WeeklyChanges,
    record_file,
    record_weekly_lessons,
)
from schedule.imports.results import ImportResult
from schedule.imports.weekly_lesson_overlaps import RowConflict, lesson_conflicts, weekly_conflicts
from schedule.imports.weekly_lesson_rows import COLUMNS, WeeklyLessonWish, read_weekly_lesson_rows
from schedule.lessons.change import ROWS_A_LESSON
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import (
    ClassGroup,
    Course,
    PlanningAction,
    Term,
    WeeklyLesson,
    class_group_names,
)
from schedule.terms.bells.bell_lists import bell_lists_of
from schedule.terms.days.calendar import days_of
from schedule.terms.locks import lock_unchanged
from schedule.terms.planning.difference import difference
from schedule.terms.planning.term_difference import TermDifference
from schedule.terms.planning.term_plan import PlanOptions, WorkedOutPlan, work_out_plan, write_plan
from schedule.terms.weekly_lessons.bulk_writing import (
    WeeklyLessonDifference,
    compare_weekly_lessons,
    weekly_lessons_after,
    write_weekly_lessons,
)
from schedule.terms.weekly_lessons.writing import ROWS_A_WEEKLY_LESSON, WeeklyLessonPlan
from schedule.terms.words import different_lists_in_words


@dataclass(frozen=True, slots=True)
class WeeklyLessonCheck:
    """The effect of a file on the weekly lessons of a term, and what is wrong with it."""

    rows: Sequence[Staffed[WeeklyLessonWish]]
    weekly_lessons: WeeklyLessonDifference
    faults: Sequence[SheetFault]
    conflicts: Sequence[RowConflict]
    # As the term was when it was looked at, and as its weekly lessons will be.
    term: Term
    after: Collection[WeeklyLesson]
    # Courses and class groups that were missing.
    made: MadeNames
    remarks: Sequence[SheetRemark] = ()

    @property
    def new_names(self) -> list[NewName]:
        """Return the courses and class groups that would be made."""
        return names_made(self.made)

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
    data: bytes,
    term: Term,
    *,
    at: dt.datetime,
    as_draft: bool = False,
    dry_run: bool = False,
    file_name: str = "",
) -> WeeklyLessonImport:
    """Make the weekly lessons of files, and the lessons of the term, as this file says; or nothing.

    The term's first plan makes its past lessons too, as history.

    Raises:
        SheetRefused: with every fault that was found.
    """

    def attempt() -> WeeklyLessonImport:
        check = _check(data, term)
        with_past = check.term.planned_at is None
        options = PlanOptions(at=at, with_past=with_past, is_draft=as_draft)
        planned = work_out_plan(term, options, weekly_lessons=check.after)
        _refuse_conflicts(check, planned.difference)
        if not dry_run:
            _write_with_plan(check, planned, options, FileSource(file_name))
        counts = planned.difference.counts()
        result = ImportResult(
            added=counts["added"],
            changed=counts["changed"],
            unchanged=counts["unchanged"],
            removed=counts["removed"],
            remarks=check.remarks,
            new_names=check.new_names,
        )
        return WeeklyLessonImport(check.weekly_lessons, result)

    try:
        return trying_again(attempt)
    except ChangedMeanwhile as err:
        reason = gettext("the timetable was changed meanwhile: import the file again")
        raise refuse_file(reason) from err


def check_weekly_lessons(data: bytes, term: Term, *, at: dt.datetime) -> WeeklyLessonCheck:
    """Return what taking the file over would do, without doing it.

    Raises:
        SheetRefused: the file cannot be read as a table.
    """
    check = _check(data, term)
    # Only lessons that would be held are looked at; the past is as it is.
    planned = difference(term, at=at, with_past=False, weekly_lessons=check.after)
    plan_conflicts = lesson_conflicts(planned, check.lines(), check.conflicts)
    return dataclasses.replace(check, conflicts=[*check.conflicts, *plan_conflicts])


def take_weekly_lessons(
    data: bytes,
    term: Term,
    *,
    at: dt.datetime,
    require: Callable[[WeeklyLessonCheck], None],
    source: FileSource = FROM_NOWHERE,
    write_in: WriteIn = own_transaction,
) -> WeeklyLessonDifference:
    """Save the weekly lessons of the file, unless `require` raises for what that does. Lessons stay as they are.

    Raises:
        SheetRefused: with every fault that was found.
        ChangedMeanwhile: the term does not stay as it is.
    """

    def attempt() -> WeeklyLessonDifference:
        check = check_weekly_lessons(data, term, at=at)
        if check.faults:
            raise SheetRefused(check.faults)
        require(check)
        changed = check.weekly_lessons
        with write_in(changed.written_count, rows_a_unit=ROWS_A_WEEKLY_LESSON) as noted:
            _write(check, source, changed.counts())
            if changed.changes_anything:
                kind = AuditKind.WEEKLY_LESSONS_IMPORTED
                audit.record(kind, by=source.by, details=changed.counts())
            noted.update(changed.counts())
        return changed

    return trying_again(attempt)


def _write_with_plan(
    check: WeeklyLessonCheck, planned: WorkedOutPlan, options: PlanOptions, source: FileSource
) -> None:
    with own_transaction(planned.lesson_count, rows_a_unit=ROWS_A_LESSON):
        _write(check, source, planned.difference.counts())
        write_plan(planned, action=PlanningAction(), options=options)
        if check.weekly_lessons.changes_anything or planned.difference.changes_anything:
            counts = planned.difference.counts()
            audit.record(AuditKind.LESSONS_IMPORTED, by=None, details=counts)


def _refuse_conflicts(check: WeeklyLessonCheck, planned: TermDifference) -> None:
    faults = [*check.faults, *(conflict.fault for conflict in check.conflicts)]
    plan_conflicts = lesson_conflicts(planned, check.lines(), check.conflicts)
    faults += [conflict.fault for conflict in plan_conflicts]
    if faults:
        raise SheetRefused(faults)


def _check(data: bytes, term: Term) -> WeeklyLessonCheck:
    """Compare the file with the weekly lessons of the term, as far as its rows are sound."""
    # First: what is changed in the term from now on is noticed.
    term = Term.objects.get(pk=term.pk)
    faults: list[SheetFault] = []
    sheet = read_sheet(data, COLUMNS, faults)
    remarks = Remarks()
    read = read_weekly_lesson_rows(sheet, term, SchoolNames.read(), faults, remarks)
    rows = find_people(read, faults, remarks)
    made_names = MadeNames()
    plans = _plans_of(rows, made_names)
    _remark_different_lists(term, rows, plans, remarks)
    weekly_difference = compare_weekly_lessons(
        term, plans, source=WeeklyLessonSource.FILE, takes_over=True
    )
    after = weekly_lessons_after(term, weekly_difference, source=WeeklyLessonSource.FILE)
    check = WeeklyLessonCheck(
        *(rows, weekly_difference, faults, ()), term, after, made_names, remarks.told()
    )
    faults.extend(_double_role_faults(check))
    conflicts = weekly_conflicts(term, after, weekly_difference, check.lines())
    return dataclasses.replace(check, conflicts=conflicts)


def _remark_different_lists(
    term: Term,
    rows: Sequence[Staffed[WeeklyLessonWish]],
    plans: Sequence[WeeklyLessonPlan],
    remarks: Remarks,
) -> None:
    """Say which rows are held by the clock, since the bell times of their class groups differ."""
    bell_lists = bell_lists_of(term)
    for row, plan in zip(rows, plans, strict=True):
        days = days_of(term, plan.weekday, plan.weeks)
        if bell_lists.differ_for(plan, plan.class_groups, days):
            names = class_group_names(plan.class_groups)
            reason = different_lists_in_words(names, plan.starts, plan.ends)
            remarks.add(row.wish.line, "class_groups", reason)


def _write(check: WeeklyLessonCheck, source: FileSource, counts: Mapping[str, int]) -> None:
    """Do what the check says, and write it down.

    Raises:
        Term.DoesNotExist: the term was deleted meanwhile.
        ChangedMeanwhile: it was changed.
    """
    lock_unchanged(check.term)
    save_made(check.made)
    changes = WeeklyChanges.of(check.weekly_lessons)
    write_weekly_lessons(check.term, check.weekly_lessons, source=WeeklyLessonSource.FILE)
    if check.weekly_lessons.changes_anything:
        topic = ImportTopic.WEEKLY_LESSONS
        file = record_file(topic, source, counts, term=check.term, made=check.made)
        record_weekly_lessons(file, changes, check.weekly_lessons)


def _plans_of(
    rows: Sequence[Staffed[WeeklyLessonWish]], made_names: MadeNames
) -> list[WeeklyLessonPlan]:
    """The plan of each row; courses and class groups that are missing are noted in `made_names`."""
    courses = courses_planned_with((row.wish.cells.course for row in rows), made_names)
    names = (name for row in rows for name in row.wish.cells.class_groups)
    groups = class_groups_planned_with(names, made_names)
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
