"""One row of a file of lessons, checked as far as it can be without the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.progress import Phase, counted
from edu_platform.lib.spreadsheets.cells import RowReader
from edu_platform.lib.spreadsheets.rows import Column, Remarks, SheetFault, SheetRow
from schedule.enums import RoomType
from schedule.imports.lesson_cells import (
    ASSISTANTS,
    CLASS_GROUPS,
    COURSE,
    END,
    MAX_WORD,
    RECORD,
    ROOM_TYPE,
    START,
    TEACHER,
    TITLE,
    read_assistants,
    read_lesson_cells,
    try_cell,
    try_read,
)
from schedule.imports.lookups import ReadRow
from schedule.imports.names import SchoolNames, read_person
from schedule.lessons.moments import in_school_time, read_date, read_time
from schedule.lessons.period_gate import PeriodFault, period_faults

COLUMNS = (
    COURSE,
    TEACHER,
    CLASS_GROUPS,
    Column("date", ("日期", "上课日期", "课程日期"), accepts=_("Such as 2026-09-01 or 2026/9/1.")),
    START,
    END,
    ROOM_TYPE,
    RECORD,
    TITLE,
    ASSISTANTS,
    Column(
        "room_id",
        ("课堂号", "课堂编号", "课堂ID"),
        is_required=False,
        accepts=_("Only of past classes that had a room already."),
    ),
)
# What the room's column in the database holds.
MAX_ROOM_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class LessonWish:
    """The request of a row, its people aside."""

    line: int
    course: str
    class_groups: tuple[str, ...]
    starts_at: dt.datetime
    ends_at: dt.datetime
    room_type: RoomType
    is_recorded: bool
    title: str  # empty: as it is
    room_id: int | None

    @property
    def key(self) -> tuple[str, frozenset[str], dt.datetime]:
        """Return what tells one lesson from another."""
        return self.course, frozenset(self.class_groups), self.starts_at


def read_lesson_rows(
    rows: Sequence[SheetRow], names: SchoolNames, faults: list[SheetFault], remarks: Remarks
) -> list[ReadRow[LessonWish]]:
    """Read every row; what is wrong with it by itself goes to `faults`."""
    read: list[ReadRow[LessonWish]] = []
    lines: dict[object, int] = {}
    room_lines: dict[int, int] = {}
    for row in counted(rows, Phase.READING, len(rows)):
        reader = RowReader(row, faults, remarks)
        teacher = read_person(reader, "teacher")
        assistants = read_assistants(reader)
        wish = _read_wish(reader, names)
        if wish is not None:
            _require_once(reader, wish, lines, room_lines)
        read.append(ReadRow(row.line, teacher, assistants, wish if reader.is_sound else None))
    return read


def _require_once(
    reader: RowReader,
    wish: LessonWish,
    lines: dict[object, int],
    room_lines: dict[int, int],
) -> None:
    first = lines.setdefault(wish.key, wish.line)
    if first != wish.line:
        reader.refuse("start", gettext("the same lesson as in line %(line)s") % {"line": first})
    if wish.room_id is None:
        return
    first = room_lines.setdefault(wish.room_id, wish.line)
    if first != wish.line:
        reason = gettext("this room stands in line %(line)s already") % {"line": first}
        reader.refuse("room_id", reason)


def _read_wish(reader: RowReader, names: SchoolNames) -> LessonWish | None:
    """The wish, or None when the row has no period or no other part of its key."""
    cells = read_lesson_cells(reader, names)
    period = _read_period(reader)
    room_id = _read_room_id(reader)
    if cells is None or period is None:
        return None
    return LessonWish(
        line=reader.line,
        course=cells.course,
        class_groups=cells.class_groups,
        starts_at=period[0],
        ends_at=period[1],
        room_type=cells.room_type,
        is_recorded=cells.is_recorded,
        title=cells.title,
        room_id=room_id,
    )


def _read_period(reader: RowReader) -> tuple[dt.datetime, dt.datetime] | None:
    day = try_cell(reader, "date", read_date)
    start = try_cell(reader, "start", read_time)
    end = try_cell(reader, "end", read_time)
    if day is None or start is None or end is None:
        return None
    starts_at = try_read(reader, "start", lambda: in_school_time(day, start))
    ends_at = try_read(reader, "end", lambda: in_school_time(day, end))
    if starts_at is None or ends_at is None:
        return None
    faults = list(period_faults(starts_at, ends_at))
    if end <= start and not faults:
        # On the day on which clocks are set back.
        faults = [PeriodFault.ENDS_BEFORE_START]
    for fault in faults:
        reader.refuse(fault.side, fault.words)
    return None if faults else (starts_at, ends_at)


def _read_room_id(reader: RowReader) -> int | None:
    text = reader.text("room_id", max_length=MAX_WORD)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MAX_ROOM_ID):
        reader.refuse("room_id", gettext("a room number has digits only"))
        return None
    return int(text)
