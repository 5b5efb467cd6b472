"""A timetable from a spreadsheet."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from edu_platform.lib.spreadsheets.reading import read_sheet
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRefused, refuse_file
from schedule.enums import ActionOrigin
from schedule.imports.lesson_plans import Planned, plan_rows
from schedule.imports.lesson_rows import COLUMNS, LessonWish, read_lesson_rows
from schedule.imports.lesson_rules import double_role_faults, overlap_faults, room_faults
from schedule.imports.results import ImportResult
from schedule.imports.staffing import ReadRow, find_people
from schedule.models import Lesson, PlanningAction
from schedule.services import lessons
from schedule.services.bulk_lessons import schedule_lessons
from schedule.services.history_rooms import LessonHasRoom, RoomTaken, attach_history_room


def import_lessons(
    data: bytes, *, by: User | None = None, as_draft: bool = False, dry_run: bool = False
) -> ImportResult:
    """Plan and change lessons as the file says: all of it, or nothing when a row is at fault.

    New lessons are published unless `as_draft`; those that are there keep their state, and a
    cancelled one stays cancelled. Nothing is ever removed, and importing a file again changes
    nothing. `by` is who imports in a page.

    Raises:
        SheetRefused: with every fault that was found.
    """
    faults: list[SheetFault] = []
    rows = read_lesson_rows(read_sheet(data, COLUMNS, faults), faults)
    try:
        with transaction.atomic():
            action = PlanningAction(by=by, origin=ActionOrigin.IMPORT)
            result = _import(rows, faults, as_draft=as_draft, action=action)
            if dry_run:
                transaction.set_rollback(True)
            elif result.changes_anything:
                audit.record(AuditKind.LESSONS_IMPORTED, by=by, details=result.counts())
    except (lessons.LessonOverlaps, RoomTaken, LessonHasRoom) as err:
        reason = gettext("the timetable was changed meanwhile: import the file again")
        raise refuse_file(reason) from err
    return result


def _import(
    rows: list[ReadRow[LessonWish]],
    faults: list[SheetFault],
    *,
    as_draft: bool,
    action: PlanningAction,
) -> ImportResult:
    planned = plan_rows(find_people(rows, faults))
    # All at once and in one order, against deadlocks of two imports.
    lessons.lock_lessons(row.lesson for row in planned if row.lesson is not None)
    lessons.lock_parties(row.plan for row in planned)
    faults.extend(double_role_faults(planned))
    faults.extend(overlap_faults(planned))
    faults.extend(room_faults(planned))
    _refuse_if(faults)
    changed = _change(planned, faults, action)
    _refuse_if(faults)
    new_rows = [row for row in planned if row.lesson is None]
    plans = [row.plan for row in new_rows]
    new_lessons = schedule_lessons(plans, is_draft=as_draft, action=action)
    for row, lesson in zip(new_rows, new_lessons, strict=True):
        _attach_room(row, lesson)
    unchanged = len(planned) - len(new_rows) - changed
    return ImportResult(added=len(new_rows), changed=changed, unchanged=unchanged)


def _change(planned: list[Planned], faults: list[SheetFault], action: PlanningAction) -> int:
    """Change the lessons that differ and say how many did.

    All of them let go of their people first, so that two may swap teachers.
    """
    lessons.vacate(
        row.lesson
        for row in planned
        if row.lesson is not None and row.differs and not row.lesson.is_cancelled
    )
    changed = 0
    for row in planned:
        if row.lesson is None:
            continue
        has_changed = row.differs and _change_one(row, row.lesson, faults, action)
        has_changed |= _attach_room(row, row.lesson)
        changed += has_changed
    return changed


def _change_one(
    row: Planned, lesson: Lesson, faults: list[SheetFault], action: PlanningAction
) -> bool:
    try:
        return lessons.change_lesson(lesson, row.plan, action=action)
    except lessons.LessonFrozen:
        reason = gettext("the class has begun: only its title can be changed")
        faults.append(SheetFault(row.wish.line, row.first_difference, reason))
        return False


def _attach_room(row: Planned, lesson: Lesson) -> bool:
    room_id = row.wish.room_id
    if room_id is None or (row.known is not None and row.known.room_id == room_id):
        return False
    return attach_history_room(lesson, room_id)


def _refuse_if(faults: list[SheetFault]) -> None:
    if faults:
        raise SheetRefused(faults)
