"""The cells that lists of lessons and of weekly lessons have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.formatting import listed, listed_lazy
from edu_platform.lib.spreadsheets.cells import RowReader
from edu_platform.lib.spreadsheets.rows import Cell, Column
from schedule.enums import RoomType
from schedule.imports.names import SchoolNames, all_spelled, read_people, spelled
from schedule.lessons.choices import NOT_BY_HAND, RECORD_WORDS, ROOM_TYPES, is_by_hand
from schedule.lessons.moments import NotReadable
from schedule.models import CLASS_GROUP_NAME_CHARS, COURSE_NAME_CHARS, TITLE_CHARS

MAX_WORD = 32

# As schools head their timetables; each means one thing in a list of lessons.
COURSE = Column(
    "course",
    ("课程", "科目", "学科", "课程名称", "课程名", "科目名称", "subject"),
    accepts=_("The name of the course; a new one is made."),
)
TEACHER = Column(
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
    accepts=_(
        "The username of somebody with the role teacher; or their name, where one alone is called so."
    ),
)
CLASS_GROUPS = Column(
    "class_groups",
    (
        *("班级", "班", "班别", "班级名称", "上课班级", "授课班级", "教学班", "行政班"),
        *("class", "classes", "class group"),
    ),
    accepts=_("One or several, with ; between them; new ones are made."),
)
START = Column(
    "start",
    ("开始", "开始时间", "上课时间", "start time"),
    accepts=_("Such as 8:00, in the school's time."),
)
END = Column(
    "end",
    ("结束", "结束时间", "下课时间", "end time"),
    accepts=_("Such as 8:45, on the same day."),
)
ROOM_TYPE = Column(
    "room_type",
    ("课堂类型", "班型", "课型", "类型"),
    accepts=listed_lazy(list(filter(None, ROOM_TYPES))),
)
RECORD = Column(
    "record",
    ("录制", "是否录制", "录课", "是否录课", "recorded"),
    accepts=listed_lazy(list(filter(None, RECORD_WORDS))),
)
TITLE = Column(
    "title",
    ("讲次", "讲次名称", "标题", "课题", "主题"),
    is_required=False,
    accepts=_("Empty: stays as it is."),
)
ASSISTANTS = Column(
    "assistants",
    ("助教", "助教老师", "助教账号", "助教工号"),
    is_required=False,
    accepts=_("The usernames or names of teachers, with ; between them."),
)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class LessonCells:
    """The cells of a row beside its people and its time."""

    course: str
    class_groups: tuple[str, ...]
    room_type: RoomType
    is_recorded: bool
    title: str  # empty: as it is


def read_lesson_cells(reader: RowReader, names: SchoolNames) -> LessonCells | None:
    """None when a cell is at fault; all of them are told."""
    course = reader.needed_text("course", max_length=COURSE_NAME_CHARS)
    course = spelled(reader, "course", names.courses, course)
    entries = reader.needed_entries("class_groups", max_length=CLASS_GROUP_NAME_CHARS)
    class_groups = all_spelled(reader, "class_groups", names.class_groups, entries)
    words = {"words": listed(filter(None, ROOM_TYPES))}
    reason = gettext("not a room type: these are %(words)s") % words
    room_type = read_word(reader, "room_type", ROOM_TYPES, reason)
    is_by_hand_asked = is_by_hand(str(reader.cell("record")))
    reason = str(NOT_BY_HAND) if is_by_hand_asked else gettext("neither yes nor no")
    is_recorded = read_word(reader, "record", RECORD_WORDS, reason)
    title = reader.text("title", max_length=TITLE_CHARS)
    if room_type is None or is_recorded is None or not (course and class_groups):
        return None
    return LessonCells(course, class_groups, room_type, is_recorded, title)


def try_cell(reader: RowReader, column: str, read: Callable[[Cell], Value]) -> Value | None:
    if reader.cell(column) == "":
        reader.refuse(column, gettext("this cell may not be empty"))
        return None
    return try_read(reader, column, lambda: read(reader.cell(column)))


def try_read(reader: RowReader, column: str, read: Callable[[], Value]) -> Value | None:
    try:
        return read()
    except NotReadable as err:
        reader.refuse(column, str(err))
        return None


def read_word(reader: RowReader, column: str, words: dict[str, Value], reason: str) -> Value | None:
    word = reader.text(column, max_length=MAX_WORD).lower()
    if word not in words:
        reader.refuse(column, reason)
    return words.get(word)


def read_assistants(reader: RowReader) -> tuple[str, ...] | None:
    """None: the file says nothing of them."""
    return read_people(reader, "assistants") if reader.has_column("assistants") else None
