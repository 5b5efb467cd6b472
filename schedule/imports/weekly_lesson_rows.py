"""One row of a file of weekly lessons, checked as far as it can be without people and lessons."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.progress import Phase, counted
from edu_platform.lib.spreadsheets.cells import RowReader
from edu_platform.lib.spreadsheets.rows import Cell, Column, Remarks, SheetFault, SheetRow
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
    LessonCells,
    read_assistants,
    read_lesson_cells,
    try_cell,
    try_read,
)
from schedule.imports.lookups import ReadRow
from schedule.imports.names import SchoolNames, read_person
from schedule.lessons.moments import NotReadable, read_time, read_weekday
from schedule.models import BellTime, Term
from schedule.terms.weekly_lessons.gate import hours_fault
from schedule.terms.weekly_lessons.week_ranges import Weeks, read_weeks

COLUMNS = (
    COURSE,
    TEACHER,
    CLASS_GROUPS,
    Column(
        "weekday",
        ("星期", "星期几", "周几", "上课星期", "day", "day of week"),
        accepts=_("1 to 7 (1 is Monday), or 周一 to 周日, or Monday or Mon."),
    ),
    dataclasses.replace(
        START,
        headings=(*START.headings, "开始节次", "起始节次"),
        accepts=_("Such as 8:00, in the school's time; or a period of the bell times, as 第1节."),
    ),
    dataclasses.replace(
        END,
        headings=(*END.headings, "结束节次", "终止节次"),
        accepts=_("Such as 8:45, on the same day; or a period, where the start is one."),
    ),
    Column(
        "weeks",
        ("周次", "上课周次", "教学周", "教学周次", "周数", "单双周", "week"),
        accepts=_(
            "Empty or all for every week (每周), odd (单周), even (双周), or such as 1-8,10."
        ),
    ),
    ROOM_TYPE,
    RECORD,
    TITLE,
    ASSISTANTS,
)
PERIOD = re.compile(r"第?(\d{1,2})节?课?", re.ASCII)
# People write weeks in at most so many characters; what is stored is shorter.
MAX_WEEKS_TEXT = 200


@dataclass(frozen=True, slots=True)
class WeeklyLessonWish:
    """The request of a row, its people aside."""

    line: int
    cells: LessonCells
    weekday: int
    starts: dt.time
    ends: dt.time
    # Where the row names periods; both or neither.
    first_bell: int | None
    last_bell: int | None
    weeks: Weeks

    @property
    def key(self) -> tuple[str, frozenset[str], int, dt.time, str]:
        """Return what tells one weekly lesson from another."""
        groups = frozenset(self.cells.class_groups)
        return self.cells.course, groups, self.weekday, self.starts, self.weeks.text


@dataclass(frozen=True, slots=True)
class _Hour:
    starts: dt.time
    ends: dt.time
    bell: int | None = None


def read_weekly_lesson_rows(
    rows: Sequence[SheetRow],
    term: Term,
    names: SchoolNames,
    faults: list[SheetFault],
    remarks: Remarks,
) -> list[ReadRow[WeeklyLessonWish]]:
    """Read every row; what is wrong with it by itself, or in this term, goes to `faults`."""
    bells = {bell.number: bell for bell in term.bell_times.all()}
    read: list[ReadRow[WeeklyLessonWish]] = []
    lines: dict[object, int] = {}
    for row in counted(rows, Phase.READING, len(rows)):
        reader = RowReader(row, faults, remarks)
        teacher = read_person(reader, "teacher")
        assistants = read_assistants(reader)
        wish = _read_wish(reader, names, term, bells)
        if wish is not None:
            _require_once(reader, wish, lines)
        read.append(ReadRow(row.line, teacher, assistants, wish if reader.is_sound else None))
    return read


def _read_wish(
    reader: RowReader, names: SchoolNames, term: Term, bells: Mapping[int, BellTime]
) -> WeeklyLessonWish | None:
    cells = read_lesson_cells(reader, names)
    weekday = _read_weekday(reader)
    hours = _read_hours(reader, bells)
    weeks = _read_weeks(reader, term)
    if cells is None or weekday is None or hours is None or weeks is None:
        return None
    start, end = hours
    return WeeklyLessonWish(
        reader.line, cells, weekday, start.starts, end.ends, start.bell, end.bell, weeks
    )


def _require_once(reader: RowReader, wish: WeeklyLessonWish, lines: dict[object, int]) -> None:
    first = lines.setdefault(wish.key, wish.line)
    if first != wish.line:
        reason = gettext("the same weekly lesson as in line %(line)s") % {"line": first}
        reader.refuse("start", reason)


def _read_weekday(reader: RowReader) -> int | None:
    text = reader.needed_text("weekday", max_length=MAX_WORD)
    return try_read(reader, "weekday", lambda: read_weekday(text)) if text else None


def _read_hours(reader: RowReader, bells: Mapping[int, BellTime]) -> tuple[_Hour, _Hour] | None:
    start = try_cell(reader, "start", lambda cell: _read_hour(cell, bells))
    end = try_cell(reader, "end", lambda cell: _read_hour(cell, bells))
    if start is None or end is None:
        return None
    if fault := hours_fault(start.starts, end.ends, start.bell, end.bell):
        reader.refuse("end", fault.words)
        return None
    return start, end


def _read_hour(cell: Cell, bells: Mapping[int, BellTime]) -> _Hour:
    """A time, or a period of the bell times; a bare number is one where there are some."""
    text = unicodedata.normalize("NFKC", cell).replace(" ", "") if isinstance(cell, str) else ""
    match = PERIOD.fullmatch(text)
    if match is None or (text.isdigit() and not bells):
        time = read_time(cell)
        return _Hour(time, time)
    if not bells:
        raise NotReadable(gettext("the term has no bell times: write a time such as 08:00"))
    bell = bells.get(int(match[1]))
    if bell is None:
        number = int(match[1])
        raise NotReadable(gettext("the bell times have no period %(number)s") % {"number": number})
    return _Hour(bell.starts, bell.ends, bell.number)


def _read_weeks(reader: RowReader, term: Term) -> Weeks | None:
    text = reader.text("weeks", max_length=MAX_WEEKS_TEXT)
    if not text and reader.cell("weeks") != "":
        return None  # refused: no text, or too long
    weeks = try_read(reader, "weeks", lambda: read_weeks(text))
    if weeks is not None and weeks.last_named > term.weeks:
        reason = gettext("the term has %(count)s weeks: there is no week %(week)s")
        reader.refuse("weeks", reason % {"count": term.weeks, "week": weeks.last_named})
        return None
    return weeks
