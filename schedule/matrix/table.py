"""The matrix: class groups or teachers as rows, and what each of them has in each column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from django.utils import timezone
from django.utils.translation import pgettext

from schedule.enums import LessonState
from schedule.matrix.choice import MatrixChoice
from schedule.matrix.columns import Columns
from schedule.matrix.marks import NO_MARKS, FurtherMarks, Mark, Marks
from schedule.matrix.reading import CourseRow, MatrixLesson, SchoolLessons
from schedule.matrix.rows import Row, RowGroup, lesson_rows
from schedule.terms.bells.bell_lists import BellLists
from schedule.terms.bells.bell_times import Bells
from schedule.timetable.words import taught_in_words


class Entry(NamedTuple):
    """A lesson as a cell shows it."""

    lesson: MatrixLesson
    course: CourseRow
    # Who teaches, or whom.
    other: str
    # They are said where the column does not say them.
    times: str = ""
    marks: tuple[Mark, ...] = ()
    # It began in an earlier column.
    runs_on: bool = False

    @property
    def text(self) -> str:
        """Return all that is seen of it, in one line."""
        if self.runs_on:
            return runs_on_in_words(self.course.name)
        parts = (
            self.course.name,
            self.times,
            self.other,
            *(mark.state.shape for mark in self.marks),
        )
        return " ".join(filter(None, parts))

    @property
    def css_class(self) -> str:
        """Return what is drawn otherwise, as words to follow another one."""
        state = self.lesson.state
        is_drawn = state != LessonState.PUBLISHED and not self.runs_on
        in_conflict = any(mark.is_conflict for mark in self.marks)
        return f"{f' is-{state}' if is_drawn else ''}{' is-in-conflict' if in_conflict else ''}"


Cell = tuple[Entry, ...]
EMPTY: Cell = ()


class Facts(NamedTuple):
    """The figures of a matrix: each lesson counts once, and no cancelled one."""

    rows: int
    lessons: int
    substituted: int
    # Places at which somebody has two lessons at once, for which nobody gave a reason.
    conflicts: int


@dataclass(frozen=True, slots=True)
class Matrix:
    columns: Columns
    groups: Sequence[RowGroup]
    # They are found by row; rows without lessons have none here.
    cells: dict[int, list[Cell]]
    facts: Facts

    @property
    def rows(self) -> Iterator[Row]:
        for group in self.groups:
            yield from group.rows

    def cells_of(self, row: Row) -> list[Cell]:
        return self.cells.get(row.pk) or [EMPTY] * len(self.columns.columns)


def matrix_of(
    choice: MatrixChoice,
    school_lessons: SchoolLessons,
    groups: Sequence[RowGroup],
    *,
    days: Sequence[dt.date],
    bell_lists: BellLists,
    at: dt.datetime,
    further_marks: FurtherMarks = NO_MARKS,
) -> Matrix:
    """Put the lessons of these rows into columns; of a chosen course the others are left out."""
    shown = {row.pk for group in groups for row in group.rows}
    rows_of = lesson_rows(choice, school_lessons)
    inside = ((lesson, shown.intersection(rows_of(lesson))) for lesson in school_lessons.lessons)
    placed = [(lesson, rows) for lesson, rows in inside if rows]
    conflicts, overlaps = _at_once(placed, is_by_teacher=choice.is_by_teacher)
    if choice.course:
        keys = {pk for pk, course in school_lessons.courses.items() if course.name == choice.course}
        placed = [(lesson, rows) for lesson, rows in placed if lesson.course in keys]
    columns, bells_of = _columns_of(placed, school_lessons, days, bell_lists)
    marks = Marks(at, further_marks)
    at_once = {
        (pair.row, pk): marks.overlap(pair.reason) for pair in overlaps for pk in pair.lessons
    }
    at_once |= {(pair.row, pk): marks.conflict for pair in conflicts for pk in pair.lessons}
    filling = Filling(choice, school_lessons, columns, bells_of, marks, at_once)
    for lesson, rows in placed:
        filling.put(lesson, rows)
    facts = _facts(len(shown), [lesson for lesson, _rows in placed], conflicts)
    return Matrix(columns, groups, filling.cells, facts)


BellsOf = Callable[[MatrixLesson], Bells]


class HasMarks(Protocol):
    """Knows the marks of lessons."""

    def of(self, lesson: MatrixLesson, *, at_once: Mark | None) -> tuple[Mark, ...]: ...


# By row and lesson, the mark of those that are not alone.
MarksAtOnce = Mapping[tuple[int, int], Mark]


def _columns_of(
    placed: Sequence[Placed],
    school_lessons: SchoolLessons,
    days: Sequence[dt.date],
    bell_lists: BellLists,
) -> tuple[Columns, BellsOf]:
    """Return the columns of these lessons, and a function that tells by which bells one of them is held."""
    default = bell_lists.default
    if not bell_lists.are_several:
        times = {(lesson.starts_at, lesson.ends_at) for lesson, _rows in placed}
        return Columns(days, default, times), lambda _lesson: default
    zone, groups = timezone.get_current_timezone(), school_lessons.class_groups

    def bells_of(lesson: MatrixLesson) -> Bells:
        members = [(pk, groups[pk].grade) for pk in lesson.class_groups]
        return bell_lists.shown_for(members, lesson.starts_at.astimezone(zone).date())

    all_times = {((lesson.starts_at, lesson.ends_at), bells_of(lesson)) for lesson, _rows in placed}
    times = {period for period, bells in all_times if bells is default}
    other_times = [(period, bells) for period, bells in all_times if bells is not default]
    return Columns(days, default, times, other_times), bells_of


class Pair(NamedTuple):
    """Two lessons of a row at once."""

    row: int
    # These are their keys.
    lessons: tuple[int, int]
    # Why they may be, if either says so.
    reason: str


Placed = tuple[MatrixLesson, Collection[int]]


def _at_once(placed: Sequence[Placed], *, is_by_teacher: bool) -> tuple[list[Pair], Sequence[Pair]]:
    """Return which lessons of a row are at once: those that are in conflict, and those that may overlap.

    Two lessons of a class group may overlap where a planner gave a reason in either of them; nobody teaches two.
    Of several at once each is compared with one other alone, so a lesson in conflict may be in an overlap as well:
    the conflict is what counts.
    """
    if is_by_teacher or not any(lesson.overlap_reason for lesson, _rows in placed):
        return _pairs(placed), ()
    conflicts = _pairs((lesson, rows) for lesson, rows in placed if not lesson.overlap_reason)
    return conflicts, [pair for pair in _pairs(placed) if pair.reason]


def _pairs(placed: Iterable[Placed]) -> list[Pair]:
    """Return which lessons are at the same time as another of their row."""
    # Each row has the lesson that ends last among those that have begun: what overlaps any, overlaps this one.
    running: dict[int, MatrixLesson] = {}
    pairs = []
    for lesson, rows in placed:
        if lesson.state == LessonState.CANCELLED:
            continue
        for row in rows:
            last = running.get(row)
            if last is None or last.ends_at <= lesson.starts_at:
                running[row] = lesson
                continue
            reason = last.overlap_reason or lesson.overlap_reason
            pairs.append(Pair(row, (last.pk, lesson.pk), reason))
            if lesson.ends_at > last.ends_at:
                running[row] = lesson
    return pairs


def _facts(row_count: int, lessons: Iterable[MatrixLesson], conflicts: Sequence[Pair]) -> Facts:
    held = [lesson for lesson in lessons if lesson.state != LessonState.CANCELLED]
    shown = {lesson.pk for lesson in held} if conflicts else set()
    return Facts(
        rows=row_count,
        lessons=len(held),
        substituted=sum(lesson.absent_teacher is not None for lesson in held),
        conflicts=sum(not shown.isdisjoint(pair.lessons) for pair in conflicts),
    )


class Filling:
    """Makes the cells, of what most of them have in common once."""

    def __init__(
        self,
        choice: MatrixChoice,
        school_lessons: SchoolLessons,
        columns: Columns,
        bells_of: BellsOf,
        marks: HasMarks,
        at_once: MarksAtOnce,
    ) -> None:
        self.cells: dict[int, list[Cell]] = {}
        self._is_by_teacher = choice.is_by_teacher
        self._school_lessons = school_lessons
        self._columns, self._bells_of = columns, bells_of
        self._marks, self._at_once = marks, at_once
        self._count = len(columns.columns)
        self._in_order = {pk: number for number, pk in enumerate(school_lessons.class_groups)}
        self._groups_in_words: dict[tuple[int, ...], str] = {}

    def put(self, lesson: MatrixLesson, rows: Collection[int]) -> None:
        period = lesson.starts_at, lesson.ends_at
        place = self._columns.place_of(period, self._bells_of(lesson))
        course = self._school_lessons.courses[lesson.course]
        for row in rows:
            marks = self._marks.of(lesson, at_once=self._at_once.get((row, lesson.pk)))
            entry = Entry(lesson, course, self._other(lesson, row), place.times, marks)
            cells = self._cells_of(row)
            cells[place.column] = (*cells[place.column], entry)
            if place.runs_on_in and lesson.state != LessonState.CANCELLED:
                for column in place.runs_on_in:
                    cells[column] = (*cells[column], entry._replace(runs_on=True))

    def _cells_of(self, row: int) -> list[Cell]:
        cells = self.cells.get(row)
        if cells is None:
            cells = self.cells[row] = [EMPTY] * self._count
        return cells

    def _other(self, lesson: MatrixLesson, row: int) -> str:
        """Say who teaches a class group, or whom a teacher teaches."""
        teacher = self._school_lessons.people[lesson.teacher].name
        if not self._is_by_teacher:
            return teacher
        groups = self._groups_in_words.get(lesson.class_groups)
        if groups is None:
            in_order = sorted(lesson.class_groups, key=self._in_order.__getitem__)
            groups = "、".join(self._school_lessons.class_groups[pk].name for pk in in_order)
            self._groups_in_words[lesson.class_groups] = groups
        return taught_in_words(groups, teacher, assists=row != lesson.teacher)


def runs_on_in_words(course: str) -> str:
    words = pgettext("lesson that began in an earlier column", "%(course)s (cont.)")
    return words % {"course": course}
