"""A timetable from a spreadsheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from edu_platform.lib.spreadsheets.reading import read_sheet
from edu_platform.lib.spreadsheets.rows import (
    Remarks,
    SheetFault,
    SheetRefused,
    SheetRemark,
    refuse_file,
)
from edu_platform.lib.versions import require_as_shown
from schedule.enums import ActionOrigin, RowKind
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
from schedule.imports.made_names import MadeNames, note_maker
from schedule.imports.names import SchoolNames
from schedule.imports.results import LessonImportResult
from schedule.lessons.begun import FROZEN_FIELDS, Begun, frozen_among
from schedule.lessons.change import LessonFrozen, change_lessons, schedule_lessons
from schedule.lessons.locks import lock_lessons, lock_parties
from schedule.lessons.taking import LessonOverlaps
from schedule.models import Lesson, PlanningAction
from schedule.rooms.making import LessonHasRoom, RoomTaken, attach_history_room


class Stage(Enum):
    """The stage of an import, and the share of its time that lies behind it by then."""

    READING = 0.0, _("reading the file")
    PLANNING = 0.15, _("looking for people and lessons")
    CHECKING = 0.3, _("looking for conflicts")
    WRITING = 0.4, _("writing lessons")
    STORING = 0.95, _("storing everything")

    def __init__(self, share: float, label: StrPromise) -> None:
        self.share = share
        self.label = label


Progress = Callable[[Stage], None]


def no_progress(_stage: Stage) -> None:
    """Nobody watches."""


def check_lessons(data: bytes) -> LessonCheck:
    """Return what importing the file would do, row by row; nothing is written.

    Raises:
        SheetRefused: the file cannot be read at all.
    """
    file = _read(data)
    with transaction.atomic():
        check = _check(file, no_progress)
        transaction.set_rollback(True)
    return check


def import_lessons(
    data: bytes,
    *,
    by: User | None = None,
    as_draft: bool = False,
    dry_run: bool = False,
    seen: str = "",
    progress: Progress = no_progress,
) -> LessonImportResult:
    """Plan and change lessons as the file says: all of it, or nothing when a row is at fault.

    New lessons are published unless `as_draft`; those that are there keep their state, and a
    cancelled one stays cancelled. Nothing is ever removed, and importing a file again changes
    nothing. `by` is who imports in a page. `seen` is the version of the check that they were shown.

    Raises:
        SheetRefused: with every fault that was found.
        NotAsShown: the file would do another thing than was `seen`; with its check of now.
    """
    progress(Stage.READING)
    file = _read(data)
    try:
        with transaction.atomic():
            action = PlanningAction(by=by, origin=ActionOrigin.IMPORT)
            check = _check(file, progress)
            if check.faults or check.conflicts:
                raise SheetRefused([*check.faults, *check.conflicts])
            require_as_shown(check, seen, check.version)
            progress(Stage.WRITING)
            result = _write(check.rows, as_draft=as_draft, action=action)
            result.remarks = check.remarks
            if result.action_code:
                note_maker(check.made, action)
            progress(Stage.STORING)
            if dry_run:
                transaction.set_rollback(True)
            elif result.changes_anything:
                audit.record(AuditKind.LESSONS_IMPORTED, by=by, details=result.counts())
    except (LessonOverlaps, LessonFrozen, RoomTaken, LessonHasRoom) as err:
        reason = gettext("the timetable was changed meanwhile: import the file again")
        raise refuse_file(reason) from err
    return result


@dataclass(frozen=True, slots=True)
class _File:
    """The rows of a file, with what is wrong with any by itself, and what is said of them."""

    rows: Sequence[ReadRow[LessonWish]]
    faults: list[SheetFault]
    remarks: Sequence[SheetRemark]


def _read(data: bytes) -> _File:
    faults: list[SheetFault] = []
    remarks = Remarks()
    sheet = read_sheet(data, COLUMNS, faults)
    rows = read_lesson_rows(sheet, SchoolNames.read(), faults, remarks)
    return _File(rows, faults, remarks.told())


def _check(file: _File, progress: Progress) -> LessonCheck:
    """The rows that can be planned, with all that stands against them; their lessons are locked."""
    progress(Stage.PLANNING)
    faults = file.faults
    staffed = find_people(file.rows, faults)
    made_names = MadeNames()
    planned = plan_rows(staffed, made_names)
    # All at once and in one order, against deadlocks of two imports.
    lock_lessons(row.lesson for row in planned if row.lesson is not None)
    if any(row.differs for row in planned):
        planned = plan_rows(staffed, made_names)  # as they are, now that nobody else changes them
    lock_parties(row.plan for row in planned)
    progress(Stage.CHECKING)
    faults.extend(double_role_faults(planned))
    faults.extend(room_faults(planned))
    faults.extend(_frozen_faults(planned))
    return LessonCheck(planned, faults, row_overlaps(planned), made_names, file.remarks)


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


def _write(
    planned: Sequence[Planned], *, as_draft: bool, action: PlanningAction
) -> LessonImportResult:
    kinds = Counter(map(kind_of, planned))
    differing = [(row.lesson, row.plan) for row in planned if row.lesson and row.differs]
    change_lessons(differing, action=action)
    new_rows = [row for row in planned if row.lesson is None]
    plans = [row.plan for row in new_rows]
    new_lessons = schedule_lessons(plans, is_draft=as_draft, action=action)
    for row in planned:
        if row.lesson is not None:
            _attach_room(row, row.lesson)
    for row, lesson in zip(new_rows, new_lessons, strict=True):
        _attach_room(row, lesson)
    return LessonImportResult(
        added=kinds[RowKind.NEW],
        changed=kinds[RowKind.CHANGED],
        unchanged=kinds[RowKind.UNCHANGED],
        action_code="" if action._state.adding else action.code,  # noqa: SLF001 -- as documented by Django
    )


def _attach_room(row: Planned, lesson: Lesson) -> None:
    room_id = row.wish.room_id
    if room_id is not None and (row.known is None or row.known.room_id != room_id):
        attach_history_room(lesson, room_id)
