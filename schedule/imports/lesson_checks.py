"""What an import of lessons would do, row by row, worked out without writing anything."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from accounts.models import User
from edu_platform.lib.batches import in_batches
from edu_platform.lib.spreadsheets.rows import SheetFault
from schedule.enums import RowKind
from schedule.imports.lesson_plans import Planned
from schedule.models import Lesson
from schedule.services.bulk_lessons import bookings_of
from schedule.services.overlaps import Booking, bookings_in_timetable, find_overlaps

# Keys of people, moments, and values of a lesson's columns.
Value = int | str | dt.datetime | tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a row makes another of its lesson; people by their keys."""

    column: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class LessonCheck:
    rows: Sequence[Planned]
    # What is wrong with rows by themselves, and where somebody would be in two lessons at once.
    faults: Sequence[SheetFault]
    conflicts: Sequence[SheetFault] = ()
    # Of lessons in the timetable, by the line and the column of the conflict.
    in_the_way: Mapping[tuple[int, str], Lesson] | None = None

    @property
    def version(self) -> str:
        """Another one where the timetable has changed so that another thing would be done."""
        told = [
            (row.wish.line, row.lesson and row.lesson.pk, differences_of(row)) for row in self.rows
        ]
        return hashlib.sha256(repr(told).encode()).hexdigest()


def kind_of(row: Planned) -> RowKind:
    if row.known is None:
        return RowKind.NEW
    return RowKind.CHANGED if differences_of(row) else RowKind.UNCHANGED


def differences_of(row: Planned) -> list[Difference]:
    """What the row changes of its lesson; nothing of one that is new."""
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


def lessons_in_the_way(
    planned: Sequence[Planned], conflicts: Sequence[SheetFault]
) -> dict[tuple[int, str], Lesson]:
    """The lessons of the timetable against which rows stand, by the line and the column of the conflict."""
    taking = {row.wish.line: row for row in planned if row.takes_people}
    if not conflicts:
        return {}
    bookings = bookings_in_timetable(
        starts_at=min(row.plan.starts_at for row in taking.values()),
        ends_at=max(row.plan.ends_at for row in taking.values()),
        without=[row.lesson for row in taking.values() if row.lesson is not None],
    )
    for line, row in taking.items():
        bookings += bookings_of(row.plan, order=line)
    taken = {
        (overlap.booking.order, _column(overlap.booking, taking[overlap.booking.order])): (
            overlap.taken.lesson_pk
        )
        for overlap in find_overlaps(bookings)
    }
    lessons: dict[int | None, Lesson] = {}
    for batch in in_batches(pk for pk in taken.values() if pk is not None):
        lessons.update(Lesson.objects.in_bulk(list(batch)))
    return {where: lessons[pk] for where, pk in taken.items() if pk in lessons}


def _column(booking: Booking, row: Planned) -> str:
    if not booking.holder.is_person:
        return "class_groups"
    return "teacher" if row.plan.teacher.pk == booking.holder.pk else "assistants"
