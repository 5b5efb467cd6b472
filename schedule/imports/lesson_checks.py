"""The check of an import of lessons: what it would do, row by row, worked out without writing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext, ngettext

from accounts.models import User
from edu_platform.lib.batches import in_batches
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRemark
from edu_platform.lib.versions import version_of
from schedule.enums import RowKind
from schedule.imports.lesson_plans import Planned
from schedule.imports.made_names import MadeNames
from schedule.imports.new_names import NewName, names_made
from schedule.lessons.taking import bookings_of
from schedule.models import Lesson, Room
from schedule.occupancy.bookings import Booking, read_bookings
from schedule.occupancy.overlaps import Overlap, give_way
from schedule.occupancy.words import named, who_in_words

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
        effects = [
            (row.wish.line, row.lesson and row.lesson.pk, differences_of(row)) for row in self.rows
        ]
        return version_of(effects, self.new_names)

    @property
    def new_names(self) -> list[NewName]:
        """Return the courses and class groups that would be made."""
        return names_made(self.made)


def kind_of(row: Planned) -> RowKind:
    if row.known is None:
        return RowKind.NEW
    return RowKind.CHANGED if differences_of(row) else RowKind.UNCHANGED


def differences_of(row: Planned) -> list[Difference]:
    """Return what the row changes of its lesson; nothing of one that is new."""
    return [] if row.known is None else list(_differences(row))


def _differences(row: Planned) -> Iterator[Difference]:
    known_lesson, plan = row.known, row.plan
    if known_lesson is None:
        return
    lesson = known_lesson.lesson
    pairs: tuple[tuple[str, Value, Value], ...] = (
        ("teacher", lesson.teacher_id, plan.teacher.pk),
        ("end", lesson.ends_at.astimezone(dt.UTC), plan.ends_at.astimezone(dt.UTC)),
        ("room_type", lesson.room_type, int(plan.room_type)),
        ("record", lesson.record_mode, int(plan.record_mode)),
        ("assistants", _keys(known_lesson.assistants), _keys(plan.assistants)),
        ("title", lesson.title, plan.title),
        ("room_id", known_lesson.room_id, row.wish.room_id or known_lesson.room_id),
    )
    for column, before, after in pairs:
        if before != after:
            yield Difference(column, before, after)


def _keys(people: Sequence[User]) -> tuple[int, ...]:
    return tuple(sorted(user.pk for user in people))


@dataclass(frozen=True, slots=True)
class RowOverlap:
    """Somebody would be in two lessons at once; `lesson` is the other one, if it is in the timetable."""

    fault: SheetFault
    lesson: Lesson | None


def row_overlaps(planned: Sequence[Planned]) -> list[RowOverlap]:
    """Everybody who would be in two lessons at once, told at the later of two lines."""
    taking = [row for row in planned if row.takes_people]
    if not taking:
        return []
    bookings = read_bookings(
        starts_at=min(row.plan.starts_at for row in taking),
        ends_at=max(row.plan.ends_at for row in taking),
        without={row.lesson.pk for row in taking if row.lesson is not None},
    )
    for row in taking:
        bookings += bookings_of(row.plan, order=row.wish.line, is_in_place=_keeps_place(row))
    overlaps = list(give_way(bookings))
    rows = {row.wish.line: row for row in taking}
    lessons = _lessons_of(overlaps)
    # Class groups that are made by the file have no name in the database.
    orders = {
        order for overlap in overlaps for order in (overlap.booking.order, overlap.taken.order)
    }
    name_by_holder = named(
        (), (group for order in orders - {0} for group in rows[order].plan.class_groups)
    )
    names = who_in_words({overlap.who for overlap in overlaps}, known=name_by_holder)
    return [
        RowOverlap(
            _overlap_fault(overlap, names[overlap.who], rows[overlap.booking.order], lessons),
            lessons.get(overlap.taken.lesson_pk),
        )
        for overlap in overlaps
    ]


def _keeps_place(row: Planned) -> bool:
    """Tell whether the students of a row's lesson stay where they are.

    This asks for less than `schedule.lessons.taking.keeps_place`: a row finds its lesson by its start and its class
    groups, and files say nothing of overlaps, so that only the end can differ.
    """
    return row.lesson is not None and row.lesson.ends_at == row.plan.ends_at


def double_role_faults(planned: Sequence[Planned]) -> Iterator[SheetFault]:
    """Teachers who would assist themselves, as assistants of the lesson until now."""
    for row in planned:
        if row.plan.teacher in row.plan.assistants:
            reason = gettext("the teacher is not their own assistant")
            yield SheetFault(row.wish.line, "teacher", reason)


def room_faults(planned: Sequence[Planned]) -> Iterator[SheetFault]:
    """Room numbers of other lessons, or a second one for a lesson."""
    with_room = [row for row in planned if row.wish.room_id is not None]
    owners: dict[int | None, int | None] = {}
    for batch in in_batches(row.wish.room_id for row in with_room):
        rooms = Room.objects.filter(room_id__in=batch)
        owners.update(rooms.values_list("room_id", "lesson"))
    for row in with_room:
        known_lesson = row.known
        owner = owners.get(row.wish.room_id)
        if owner is not None and (known_lesson is None or known_lesson.lesson.pk != owner):
            reason = gettext("this room belongs to another lesson")
            yield SheetFault(row.wish.line, "room_id", reason)
        elif owner is None and known_lesson is not None and known_lesson.has_room:
            reason = gettext("the lesson has another room already")
            yield SheetFault(row.wish.line, "room_id", reason)


def _lessons_of(overlaps: Sequence[Overlap]) -> dict[int | None, Lesson]:
    pks = (overlap.taken.lesson_pk for overlap in overlaps if overlap.taken.lesson_pk)
    lesson_by_key: dict[int | None, Lesson] = {}
    for batch in in_batches(pks):
        lesson_by_key.update(Lesson.objects.in_bulk(list(batch)))
    return lesson_by_key


def _overlap_fault(
    overlap: Overlap, who: str, row: Planned, lessons: dict[int | None, Lesson]
) -> SheetFault:
    taken = overlap.taken
    count = len(overlap.students) or 1
    if taken.order:
        reason = ngettext(
            "%(who)s is in the lesson of line %(line)s at that time",
            "%(who)s are in the lesson of line %(line)s at that time",
            count,
        ) % {"who": who, "line": taken.order}
    else:
        reason = ngettext(
            "%(who)s is in the lesson %(lesson)s at that time",
            "%(who)s are in the lesson %(lesson)s at that time",
            count,
        ) % {"who": who, "lesson": lessons[taken.lesson_pk]}
    return SheetFault(row.wish.line, _column(overlap.booking, row), reason)


def _column(booking: Booking, row: Planned) -> str:
    """The column that names whom the booking is about."""
    if not booking.holder.is_person:
        return "class_groups"
    return "teacher" if row.plan.teacher.pk == booking.holder.pk else "assistants"
