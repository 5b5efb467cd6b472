"""A timetable from a spreadsheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.spreadsheets.reading import read_sheet
from edu_platform.lib.spreadsheets.rows import (
    Remarks,
    SheetFault,
    SheetRefused,
    refuse_file,
)
from edu_platform.lib.versions import require_as_shown
from schedule.enums import ActionOrigin, ImportTopic, RowKind
from schedule.imports.lesson_checks import (
    LessonCheck,
    double_role_faults,
    kind_of,
    room_faults,
    row_overlaps,
)
from schedule.imports.lesson_plans import FIELDS, Planned, plan_rows
from schedule.imports.lesson_rows import COLUMNS, LessonWish, read_lesson_rows
from schedule.imports.lookups import ReadRow, find_people
from schedule.imports.made_names import MadeNames, note_maker, save_made
from schedule.imports.names import SchoolNames
from schedule.imports.records import FileSource, record_file
from schedule.imports.results import LessonImportResult
from schedule.lessons.as_read import TIMETABLE_CHANGED, are_as_they_were
from schedule.lessons.begun import FROZEN_FIELDS, Begun, frozen_among
from schedule.lessons.change import ROWS_A_LESSON, change_lessons, schedule_lessons
from schedule.lessons.locks import lock_lessons, lock_parties
from schedule.lessons.trying_again import ChangedMeanwhile, trying_again
from schedule.models import Lesson, PlanningAction
from schedule.rooms.making import LessonHasRoom, RoomTaken, attach_history_room

# Raised where the timetable changes between the check and the write.
CHANGED_MEANWHILE = (*TIMETABLE_CHANGED, RoomTaken, LessonHasRoom)


def check_lessons(data: bytes) -> LessonCheck:
    """Return what importing the file would do, row by row; nothing is written.

    Raises:
        SheetRefused: the file cannot be read at all.
    """
    return _check(_read(data))


def import_lessons(
    data: bytes,
    *,
    by: User | None = None,
    as_draft: bool = False,
    dry_run: bool = False,
    known: str = "",
    file_name: str = "",
    write_in: WriteIn = own_transaction,
) -> LessonImportResult:
    """Plan and change lessons as the file says: all of it, or nothing when a row is at fault.

    New lessons are published unless `as_draft`; those that are there keep their state, and a
    cancelled one stays cancelled. Nothing is ever removed, and importing a file again changes
    nothing. `by` is who imports in a page. `known` is the version of the check that a page showed.

    Raises:
        SheetRefused: with every fault that was found.
        NotAsShown: the file would do another thing than the page showed; with its check of now.
    """
    file = _read(data)

    def attempt() -> LessonImportResult:
        check = _check(file)
        if check.faults or check.conflicts:
            raise SheetRefused([*check.faults, *check.conflicts])
        require_as_shown(check, known, check.version)
        action = PlanningAction(by=by, origin=ActionOrigin.IMPORT)
        if dry_run:
            return _result(check)
        source = FileSource(file_name, by)
        return _write(check, as_draft=as_draft, action=action, source=source, write_in=write_in)

    try:
        return trying_again(attempt)
    except ChangedMeanwhile as err:
        reason = gettext("the timetable was changed meanwhile: import the file again")
        raise refuse_file(reason) from err


@dataclass(frozen=True, slots=True)
class _File:
    """The rows of a file, with what is wrong with any by itself, and what is said of them."""

    rows: Sequence[ReadRow[LessonWish]]
    faults: list[SheetFault]
    remarks: Remarks


def _read(data: bytes) -> _File:
    faults: list[SheetFault] = []
    remarks = Remarks()
    sheet = read_sheet(data, COLUMNS, faults)
    rows = read_lesson_rows(sheet, SchoolNames.read(), faults, remarks)
    return _File(rows, faults, remarks)


def _check(file: _File) -> LessonCheck:
    """The rows that can be planned, with all that stands against them."""
    faults = list(file.faults)
    made_names = MadeNames()
    planned = plan_rows(find_people(file.rows, faults, file.remarks), made_names)
    report(Phase.CHECKING, 0, len(planned))
    faults.extend(double_role_faults(planned))
    faults.extend(room_faults(planned))
    faults.extend(_frozen_faults(planned))
    check = LessonCheck(planned, faults, row_overlaps(planned), made_names, file.remarks.told())
    report(Phase.CHECKING, len(planned), len(planned))
    return check


def _frozen_faults(planned: Sequence[Planned]) -> list[SheetFault]:
    """Rows that change more than words of a class that has begun."""
    rows = {row.lesson.pk: row for row in planned if row.lesson}
    frozen = frozen_among({pk: row.changed_fields for pk, row in rows.items()})
    return [_frozen_fault(rows[pk], begun) for pk, begun in sorted(frozen.items())]


def _frozen_fault(row: Planned, begun: Begun) -> SheetFault:
    column = next(
        column for column in row.differences if FIELDS.get(column) in FROZEN_FIELDS[begun]
    )
    reason = gettext("the class has begun: only its title can be changed")
    if begun is Begun.OPENED_AGAIN:
        reason = gettext(
            "a class was held before it was opened again: only its title, teacher and assistants can be changed"
        )
    return SheetFault(row.wish.line, column, reason)


def _result(check: LessonCheck) -> LessonImportResult:
    kinds = Counter(map(kind_of, check.rows))
    return LessonImportResult(
        added=kinds[RowKind.NEW],
        changed=kinds[RowKind.CHANGED],
        unchanged=kinds[RowKind.UNCHANGED],
        remarks=check.remarks,
        new_names=check.new_names,
    )


def _write(
    check: LessonCheck,
    *,
    as_draft: bool,
    action: PlanningAction,
    source: FileSource,
    write_in: WriteIn,
) -> LessonImportResult:
    """Do what the check says.

    Raises:
        ChangedMeanwhile: the timetable is another one by now.
    """
    result = _result(check)
    try:
        with write_in(result.added + result.changed, rows_a_unit=ROWS_A_LESSON) as noted:
            save_made(check.made)
            _write_lessons(check.rows, as_draft=as_draft, action=action)
            if not action._state.adding:  # noqa: SLF001 -- as documented by Django
                result.action_code = action.code
                note_maker(check.made, action)
                file = record_file(ImportTopic.LESSONS, source, result.counts(), action=action)
                result.file_code = file.code
            if result.changes_anything:
                audit.record(AuditKind.LESSONS_IMPORTED, by=action.by, details=result.counts())
            noted.update(result.kept())
    except CHANGED_MEANWHILE as err:
        raise ChangedMeanwhile from err
    return result


def _write_lessons(planned: Sequence[Planned], *, as_draft: bool, action: PlanningAction) -> None:
    new_rows = [row for row in planned if row.lesson is None]
    differing = [row for row in planned if row.differs]
    # All at once and in one order, against deadlocks of two imports.
    lock_lessons(row.lesson for row in differing if row.lesson is not None)
    known_lessons = (row.known for row in differing if row.known is not None)
    if not are_as_they_were({known.lesson.pk: known.shape for known in known_lessons}):
        raise ChangedMeanwhile
    lock_parties(row.plan for row in (*differing, *new_rows))
    change_lessons([(row.lesson, row.plan) for row in differing if row.lesson], action=action)
    plans = [row.plan for row in new_rows]
    new_lessons = schedule_lessons(plans, is_draft=as_draft, action=action)
    for row in planned:
        if row.lesson is not None:
            _attach_room(row, row.lesson)
    for row, lesson in zip(new_rows, new_lessons, strict=True):
        _attach_room(row, lesson)


def _attach_room(row: Planned, lesson: Lesson) -> None:
    room_id = row.wish.room_id
    if room_id is not None and (row.known is None or row.known.room_id != room_id):
        attach_history_room(lesson, room_id)
