"""The grid of a term: what was chosen of it, and the weekly lessons in rows and columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import pgettext

from edu_platform.lib.formatting import StateWords
from schedule.class_groups.grades import grade_in_address
from schedule.matrix.columns import Columns, ColumnsOfDay
from schedule.matrix.marks import Mark
from schedule.matrix.reading import MatrixLesson, SchoolLessons
from schedule.matrix.rows import Row, RowGroup, grades_of, grouped, lesson_rows, rows_of
from schedule.matrix.table import Facts, Filling, Matrix
from schedule.models import Term
from schedule.terms.weekly_lessons.week_ranges import EVEN, ODD, Weeks
from schedule.terms.words import weeks_in_words
from schedule.week_grid import DAYS_A_WEEK
from schedule.weekly_grid.choice import GridChoice
from schedule.weekly_grid.places import EmptyPlaces
from schedule.weekly_grid.reading import PlanWeek, day_of, plan_week


@dataclass(frozen=True, slots=True)
class GridPage:
    term: Term
    # It holds what the school has of what the address asks for.
    choice: GridChoice
    plan: PlanWeek
    # They are all that the choice leaves, also where one alone is shown.
    rows: Sequence[Row]
    matrix: Matrix
    places: EmptyPlaces

    @property
    def lessons(self) -> SchoolLessons:
        return self.plan.lessons

    @property
    def chosen_row(self) -> Row | None:
        """Return the row that alone is shown; None where all are."""
        return _row_of(self.choice, self.rows)

    @property
    def phone_row(self) -> Row:
        """Return the row that narrow screens show: the chosen one, else the first that has lessons."""
        rows = list(self.matrix.rows)
        with_lessons = (row for row in rows if row.pk in self.matrix.cells)
        return next(with_lessons, rows[0])

    @property
    def phone_day(self) -> tuple[int, ColumnsOfDay]:
        """Return the columns of the weekday that narrow screens show, and how many stand before them."""
        first = 0
        for day in self.matrix.columns.days:
            if day.date == day_of(self.choice.weekday):
                return first, day
            first += len(day.columns)
        raise LookupError(f"no columns for {self.choice.day}")  # there are always some

    @property
    def has_columns(self) -> bool:
        """Return whether there is a period, or a lesson: else there is nothing to look at."""
        columns = self.matrix.columns.columns
        return any(column.number or column.starts is not None for column in columns)


def grid_page(term: Term, asked: GridChoice) -> GridPage:
    """Read the grid of a term; as many queries for one weekly lesson as for many."""
    plan = plan_week(term)
    choice, rows = _with_what_there_is(asked, plan.lessons)
    chosen = _row_of(choice, rows)
    groups = grouped([chosen] if chosen else rows, is_by_teacher=choice.matrix.is_by_teacher)
    places = EmptyPlaces(term, choice.weeks, plan)
    matrix = _matrix_of(choice, plan, groups, places.pool)
    return GridPage(term, choice, plan, rows, matrix, places)


def _with_what_there_is(asked: GridChoice, lessons: SchoolLessons) -> tuple[GridChoice, list[Row]]:
    """Leave out what the school has not got, and return the rows that are left."""
    grades = map(grade_in_address, grades_of(lessons))
    grade = asked.matrix.grade
    choice = asked.with_rows(grade=grade if grade in grades else "")
    rows = rows_of(choice.matrix, lessons)
    return choice if _row_of(choice, rows) else choice.with_rows(row_key=""), rows


def _row_of(choice: GridChoice, rows: Iterable[Row]) -> Row | None:
    return next((row for row in rows if row.key == choice.matrix.row_key), None)


def _matrix_of(
    choice: GridChoice, plan: PlanWeek, groups: Sequence[RowGroup], pool: frozenset[int]
) -> Matrix:
    """Put the weekly lessons of these rows, weekdays and weeks into columns."""
    row_keys = {row.pk for group in groups for row in group.rows}
    weekdays = range(1, DAYS_A_WEEK + 1) if choice.is_of_week else [choice.weekday]
    days = [day_of(weekday) for weekday in weekdays]
    rows_with = lesson_rows(choice.matrix, plan.lessons)
    weeks = _WeeksShown(plan, pool)
    inside = (
        (lesson, row_keys.intersection(rows_with(lesson)))
        for lesson in plan.lessons.lessons
        if lesson.starts_at.date() in days and weeks.have(lesson)
    )
    placed = [(lesson, rows) for lesson, rows in inside if rows]
    columns = _columns_of(choice, plan, [lesson for lesson, _rows in placed], days)
    filling = Filling(
        choice.matrix,
        plan.lessons,
        columns,
        lambda lesson: plan.bells[lesson.pk],
        weeks,
        {},
    )
    for lesson, rows in placed:
        filling.put(lesson, rows)
    facts = Facts(rows=len(row_keys), lessons=len(placed), substituted=0, conflicts=0)
    return Matrix(columns, groups, filling.cells, facts)


def _columns_of(
    choice: GridChoice, plan: PlanWeek, lessons: Iterable[MatrixLesson], days: Sequence[dt.date]
) -> Columns:
    """Return the columns: of one alone those of all weekdays, else of weekends where lessons are."""
    default = plan.held.default
    times = {((lesson.starts_at, lesson.ends_at), plan.bells[lesson.pk]) for lesson in lessons}
    return Columns(
        days,
        default,
        {period for period, bells in times if bells is default},
        [(period, bells) for period, bells in times if bells is not default],
        always=days if choice.is_of_one else [day_of(choice.weekday)],
    )


class _WeeksShown:
    """Knows which weekly lessons are held in the weeks that are shown, and marks those of only some weeks."""

    def __init__(self, plan: PlanWeek, pool: frozenset[int]) -> None:
        self._weeks, self._pool = plan.weeks, pool
        self._have: dict[Weeks, bool] = {}
        self._marks: dict[Weeks, tuple[Mark, ...]] = {}

    def have(self, lesson: MatrixLesson) -> bool:
        weeks = self._weeks[lesson.pk]
        if weeks not in self._have:
            self._have[weeks] = any(map(weeks.has, self._pool))
        return self._have[weeks]

    def of(self, lesson: MatrixLesson, *, at_once: Mark | None) -> tuple[Mark, ...]:
        """Return the mark of one of only some weeks; nothing is marked for being at once with another."""
        weeks = self._weeks[lesson.pk]
        if weeks not in self._marks:
            self._marks[weeks] = () if weeks.is_every else (_mark_of(weeks),)
        return self._marks[weeks]


def _mark_of(weeks: Weeks) -> Mark:
    words = weeks_in_words(weeks)
    short = {ODD: pgettext("weeks", "odd"), EVEN: pgettext("weeks", "even")}
    return Mark(StateWords(short.get(weeks.text, words), words, "soft"))
