"""One row of a file of lessons, checked as far as it can be without the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.names import USERNAME_CHARS
from edu_platform.lib.spreadsheets.cells import RowReader
from edu_platform.lib.spreadsheets.rows import Cell, Column, SheetFault, SheetRow
from schedule.enums import RoomType
from schedule.models import CLASS_GROUP_NAME_CHARS, COURSE_NAME_CHARS, TITLE_CHARS
from schedule.planning.moments import NotReadable, in_school_time, read_date, read_time

ROOM_TYPES = {
    "": RoomType.INTERACTIVE,
    "互动班课": RoomType.INTERACTIVE,
    "小班课": RoomType.INTERACTIVE,
    "大班课": RoomType.LECTURE,
    "一对一": RoomType.ONE_TO_ONE,
    "圆桌会议": RoomType.ROUND_TABLE,
    **{str(room_type.value): room_type for room_type in RoomType},
}
RECORD_WORDS = {
    **dict.fromkeys(("", "yes", "是", "true", "录制"), True),
    **dict.fromkeys(("no", "否", "false", "不录制"), False),
}
# As schools head their timetables; each means one thing in a list of lessons.
COLUMNS = (
    Column(
        "course",
        ("课程", "科目", "学科", "课程名称", "课程名", "科目名称", "subject"),
        accepts=_("The name of the course; a new one is made."),
    ),
    Column(
        "teacher",
        (
            *(
                "老师",
                "教师",
                "任课老师",
                "任课教师",
                "授课老师",
                "授课教师",
                "主讲老师",
                "主讲教师",
            ),
            *("上课老师", "教师账号", "老师账号", "教师工号", "老师工号", "工号"),
        ),
        accepts=_("The username of somebody with the role teacher."),
    ),
    Column(
        "class_groups",
        (
            *("班级", "班", "班别", "班级名称", "上课班级", "授课班级", "教学班", "行政班"),
            *("class", "classes", "class group"),
        ),
        accepts=_("One or several, with ; between them; new ones are made."),
    ),
    Column("date", ("日期", "上课日期", "课程日期"), accepts=_("Such as 2026-09-01 or 2026/9/1.")),
    Column(
        "start",
        ("开始", "开始时间", "上课时间", "start time"),
        accepts=_("Such as 8:00, in the school's time."),
    ),
    Column(
        "end",
        ("结束", "结束时间", "下课时间", "end time"),
        accepts=_("Such as 8:45, on the same day."),
    ),
    Column(
        "room_type",
        ("课堂类型", "班型", "课型", "类型"),
        accepts=", ".join(filter(None, ROOM_TYPES)),
    ),
    Column(
        "record",
        ("录制", "是否录制", "录课", "是否录课", "recorded"),
        accepts=", ".join(filter(None, RECORD_WORDS)),
    ),
    Column(
        "title",
        ("讲次", "讲次名称", "标题", "课题", "主题"),
        is_required=False,
        accepts=_("Empty: stays as it is."),
    ),
    Column(
        "assistants",
        ("助教", "助教老师", "助教账号", "助教工号"),
        is_required=False,
        accepts=_("The usernames of teachers, with ; between them."),
    ),
    Column(
        "room_id",
        ("课堂号", "课堂编号", "课堂ID"),
        is_required=False,
        accepts=_("Only of past classes that had a room already."),
    ),
)
MAX_WORD = 32
# What the room's column in the database holds.
MAX_ROOM_ID = 2**63 - 1

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class LessonWish:
    """What a row asks for, its people aside."""

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
        """What tells one lesson from another."""
        return self.course, frozenset(self.class_groups), self.starts_at


@dataclass(frozen=True, slots=True)
class ReadRow:
    """Whom a row names, and what it asks for: nothing when it is at fault by itself.

    People are looked up for every row, so that all that is wrong with one is told together.
    """

    line: int
    teacher: str
    assistants: tuple[str, ...] | None  # None: the file has no such column
    wish: LessonWish | None


def read_lesson_rows(rows: Sequence[SheetRow], faults: list[SheetFault]) -> list[ReadRow]:
    """Read every row; what is wrong with it by itself goes to `faults`."""
    read: list[ReadRow] = []
    lines: dict[object, int] = {}
    room_lines: dict[int, int] = {}
    for row in rows:
        reader = RowReader(row, faults)
        teacher = reader.needed_text("teacher", max_length=USERNAME_CHARS)
        assistants = _read_assistants(reader, teacher)
        wish = _read_wish(reader)
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


def _read_wish(reader: RowReader) -> LessonWish | None:
    """The wish, or None when the row has no period or no other part of its key."""
    course = reader.needed_text("course", max_length=COURSE_NAME_CHARS)
    class_groups = reader.needed_entries("class_groups", max_length=CLASS_GROUP_NAME_CHARS)
    period = _read_period(reader)
    known = {"words": ", ".join(filter(None, ROOM_TYPES))}
    reason = gettext("not a room type: these are %(words)s") % known
    room_type = _read_word(reader, "room_type", ROOM_TYPES, reason)
    is_recorded = _read_word(reader, "record", RECORD_WORDS, gettext("neither yes nor no"))
    title = reader.text("title", max_length=TITLE_CHARS)
    room_id = _read_room_id(reader)
    if period is None or room_type is None or is_recorded is None or not (course and class_groups):
        return None
    return LessonWish(
        line=reader.line,
        course=course,
        class_groups=class_groups,
        starts_at=period[0],
        ends_at=period[1],
        room_type=room_type,
        is_recorded=is_recorded,
        title=title,
        room_id=room_id,
    )


def _read_period(reader: RowReader) -> tuple[dt.datetime, dt.datetime] | None:
    day = _try_cell(reader, "date", read_date)
    start = _try_cell(reader, "start", read_time)
    end = _try_cell(reader, "end", read_time)
    if day is None or start is None or end is None:
        return None
    starts_at = _try(reader, "start", lambda: in_school_time(day, start))
    ends_at = _try(reader, "end", lambda: in_school_time(day, end))
    if starts_at is None or ends_at is None:
        return None
    if end <= start or ends_at <= starts_at:
        reader.refuse("end", gettext("the end does not lie after the start"))
        return None
    return starts_at, ends_at


def _try_cell(reader: RowReader, column: str, read: Callable[[Cell], Value]) -> Value | None:
    if reader.cell(column) == "":
        reader.refuse(column, gettext("this cell may not be empty"))
        return None
    return _try(reader, column, lambda: read(reader.cell(column)))


def _try(reader: RowReader, column: str, read: Callable[[], Value]) -> Value | None:
    try:
        return read()
    except NotReadable as err:
        reader.refuse(column, str(err))
        return None


def _read_word(
    reader: RowReader, column: str, words: dict[str, Value], reason: str
) -> Value | None:
    word = reader.text(column, max_length=MAX_WORD).lower()
    if word not in words:
        reader.refuse(column, reason)
    return words.get(word)


def _read_assistants(reader: RowReader, teacher: str) -> tuple[str, ...] | None:
    if not reader.has_column("assistants"):
        return None
    assistants = reader.entries("assistants", max_length=USERNAME_CHARS)
    if teacher in assistants:
        reader.refuse("assistants", gettext("the teacher is not their own assistant"))
    return assistants


def _read_room_id(reader: RowReader) -> int | None:
    text = reader.text("room_id", max_length=MAX_WORD)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MAX_ROOM_ID):
        reader.refuse("room_id", gettext("a room number has digits only"))
        return None
    return int(text)
