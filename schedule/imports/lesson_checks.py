"""The check of an import of lessons: what it would do, row by row, worked out without writing anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from accounts.models import User
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRemark
from edu_platform.lib.versions import version_of
from schedule.enums import RowKind
from schedule.imports.lesson_plans import Planned
from schedule.imports.lesson_rules import RowOverlap
from schedule.imports.made_names import MadeNames
from schedule.models import Lesson

# Keys of people, moments, and values of a lesson's columns.
Value = int | str | dt.datetime | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A change that a row makes to its lesson; people by their keys."""

    column: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class LessonCheck:
    rows: Sequence[Planned]
    # What is wrong with rows by themselves, and where somebody would be in two lessons at once.
    faults: Sequence[SheetFault]
    overlaps: Sequence[RowOverlap] = ()
    # Courses and class groups that were missing.
    made: MadeNames = field(default_factory=MadeNames)
    remarks: Sequence[SheetRemark] = ()

    @property
    def conflicts(self) -> list[SheetFault]:
        return [overlap.fault for overlap in self.overlaps]

    @property
    def in_the_way(self) -> dict[tuple[int, str], Lesson]:
        """Lessons of the timetable, by the line and the column of the conflict."""
        return {
            (overlap.fault.line, overlap.fault.column): overlap.lesson
            for overlap in self.overlaps
            if overlap.lesson is not None
        }

    @property
    def version(self) -> str:
        """Another one where the timetable has changed so that another thing would be done."""
        told = [
            (row.wish.line, row.lesson and row.lesson.pk, differences_of(row)) for row in self.rows
        ]
        return version_of(told)


def kind_of(row: Planned) -> RowKind:
    if row.known is None:
        return RowKind.NEW
    return RowKind.CHANGED if differences_of(row) else RowKind.UNCHANGED


def differences_of(row: Planned) -> list[Difference]:
    """Return what the row changes of its lesson; nothing of one that is new."""
    return [] if row.known is None else list(_differences(row))


def _differences(row: Planned) -> Iterator[Difference]:
    known, plan = row.known, row.plan
    if known is None:
        return
    lesson = known.lesson
    pairs: tuple[tuple[str, Value, Value], ...] = (
        ("teacher", lesson.teacher_id, plan.teacher.pk),
        ("end", lesson.ends_at.astimezone(dt.UTC), plan.ends_at.astimezone(dt.UTC)),
        ("room_type", lesson.room_type, int(plan.room_type)),
        ("record", lesson.record_mode, int(plan.record_mode)),
        ("assistants", _keys(known.assistants), _keys(plan.assistants)),
        ("title", lesson.title, plan.title),
        ("room_id", known.room_id, row.wish.room_id or known.room_id),
    )
    for column, before, after in pairs:
        if before != after:
            yield Difference(column, before, after)


def _keys(people: Sequence[User]) -> tuple[int, ...]:
    return tuple(sorted(user.pk for user in people))
