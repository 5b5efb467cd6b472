"""The rows of FET's timetable: one for each activity and hour."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext

from edu_platform.lib.spreadsheets.cells import RowReader
from edu_platform.lib.spreadsheets.csv_text import SPREADSHEETS, CsvDialect
from edu_platform.lib.spreadsheets.reading import read_sheet
from edu_platform.lib.spreadsheets.rows import WHOLE_ROW, Column, Remarks, SheetFault, SheetRemark
from schedule.enums import FetNameKind
from schedule.imports.fet.limits import MAX_DAYS_AND_HOURS, MAX_NAMES
from schedule.imports.names import spelled
from schedule.lessons.named import Spellings
from schedule.models import COURSE_NAME_CHARS, FET_NAME_CHARS

# In the order in which FET writes them, also into files without a head.
COLUMNS = (
    Column("Activity Id", ()),
    Column("Day", ()),
    Column("Hour", ()),
    Column("Students Sets", ()),
    Column("Subject", ()),
    Column("Teachers", ()),
    # Not ours: a class is held in the cloud.
    Column("Activity Tags", (), is_required=False),
    Column("Room", (), is_required=False),
    Column("Comments", (), is_required=False),
)
SEPARATORS = ",;\t"
QUOTES = "\"'"
# Between several teachers, and several students sets.
BETWEEN_NAMES = re.compile(r"\+")
ACTIVITY_CHARS = 32
HEAD = re.compile(r"activity\s*id", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FetRow:
    line: int
    activity: str
    day: str
    hour: str
    students: tuple[str, ...]
    subject: str
    teachers: tuple[str, ...]

    @property
    def names(self) -> dict[FetNameKind, tuple[str, ...]]:
        return {
            FetNameKind.DAY: (self.day,),
            FetNameKind.HOUR: (self.hour,),
            FetNameKind.TEACHER: self.teachers,
            FetNameKind.STUDENTS: self.students,
        }


@dataclass(frozen=True, slots=True)
class FetFile:
    """The rows in the order of the file. Names are those of rows that can become lessons."""

    rows: Sequence[FetRow] = field(default_factory=tuple)
    remarks: Sequence[SheetRemark] = ()

    @property
    def days(self) -> list[str]:
        return _once(row.day for row in self.rows)

    @property
    def hours(self) -> list[str]:
        return _once(row.hour for row in self.rows)

    @property
    def staffed(self) -> list[FetRow]:
        return [row for row in self.rows if row.teachers and row.students]

    @property
    def teachers(self) -> list[str]:
        return _once(name for row in self.staffed for name in row.teachers)

    @property
    def students(self) -> list[str]:
        return _once(name for row in self.staffed for name in row.students)

    def line_of(self, kind: FetNameKind, name: str) -> int:
        """The first line in which a name stands."""
        return next(row.line for row in self.rows if name in row.names[kind])


def read_fet(data: bytes, courses: Spellings, faults: list[SheetFault]) -> FetFile:
    """Read the file; what is wrong with single rows goes to `faults`.

    Raises:
        SheetRefused: it is not such a table.
    """
    dialect, has_head = _look_at(data)
    rows = read_sheet(data, COLUMNS, faults, dialect=dialect, has_head=has_head)
    remarks = Remarks()
    read = [_read_row(RowReader(row, faults, remarks), courses) for row in rows]
    file = FetFile(read, remarks.told())
    faults.extend(_limit_faults(file))
    return file


def _limit_faults(file: FetFile) -> Iterator[SheetFault]:
    line = _line_beyond(MAX_NAMES, file.staffed, (FetNameKind.TEACHER, FetNameKind.STUDENTS))
    if line is not None:
        reason = gettext("more than %(count)s teachers and students sets") % {"count": MAX_NAMES}
        yield SheetFault(line, WHOLE_ROW, reason)
    line = _line_beyond(MAX_DAYS_AND_HOURS, file.rows, (FetNameKind.DAY, FetNameKind.HOUR))
    if line is not None:
        reason = gettext("more than %(count)s days and hours") % {"count": MAX_DAYS_AND_HOURS}
        yield SheetFault(line, WHOLE_ROW, reason)


def _line_beyond(limit: int, rows: Iterable[FetRow], kinds: Iterable[FetNameKind]) -> int | None:
    """Return the line that brings one name of these kinds more than the limit."""
    names: set[tuple[FetNameKind, str]] = set()
    for row in rows:
        names.update((kind, name) for kind in kinds for name in row.names[kind])
        if len(names) > limit:
            return row.line
    return None


def _look_at(data: bytes) -> tuple[CsvDialect, bool]:
    """Find out how FET was told to write the file: by its first line, which begins with the first column."""
    first = data.removeprefix(codecs.BOM_UTF8).split(b"\n", 1)[0].decode("utf-8", "replace")
    quote = next((char for char in QUOTES if first.startswith(char)), SPREADSHEETS.quote)
    rest = first.lstrip(quote)
    separator = next((char for char in rest if char in SEPARATORS), SPREADSHEETS.separator)
    # Numbers alone stand in the first column. Of Excel's files the first line says nothing.
    cell = rest.partition(separator)[0].strip(quote).strip()
    return CsvDialect(separator, quote), not (cell.isdecimal() and not HEAD.search(first))


def _read_row(reader: RowReader, courses: Spellings) -> FetRow:
    subject = reader.text("Subject", max_length=COURSE_NAME_CHARS)
    return FetRow(
        line=reader.line,
        activity=reader.needed_text("Activity Id", max_length=ACTIVITY_CHARS),
        day=reader.needed_text("Day", max_length=FET_NAME_CHARS),
        hour=reader.needed_text("Hour", max_length=FET_NAME_CHARS),
        students=reader.entries("Students Sets", max_length=FET_NAME_CHARS, between=BETWEEN_NAMES),
        subject=spelled(reader, "Subject", courses, subject),
        teachers=reader.entries("Teachers", max_length=FET_NAME_CHARS, between=BETWEEN_NAMES),
    )


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
