"""The common part of a matrix's page, file and paper: who looks at it, what they chose, and the matrix itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from accounts.models import SchoolSettings, User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.moments import weekday_label
from schedule.access import require_matrix
from schedule.class_groups.grades import grade_in_address
from schedule.hooks import school_marks
from schedule.matrix.choice import MatrixChoice, matrix_choice
from schedule.matrix.marks import NO_MARKS, FurtherMarks
from schedule.matrix.reading import MatrixLesson, SchoolLessons, is_course, school_lessons
from schedule.matrix.rows import Row, RowGroup, grades_of, grouped, rows_of
from schedule.matrix.table import Matrix, matrix_of
from schedule.terms.bells.bell_lists import BellLists
from schedule.terms.reading import TermWeek, lists_of, term_week_of
from schedule.week_grid import dates_of_week, monday_of, period_of_days


@dataclass(frozen=True, slots=True)
class MatrixPage:
    user: User
    relations: frozenset[Relation]
    school: SchoolSettings
    # It holds what the school has of what the address asks for.
    choice: MatrixChoice
    at: dt.datetime
    day: dt.date
    days: Sequence[dt.date]
    of_term: TermWeek | None
    # Its lessons hold drafts, if there are any.
    with_drafts: bool
    lessons: SchoolLessons
    # They are all that the choice leaves, also where one alone is shown.
    rows: Sequence[Row]
    matrix: Matrix

    @property
    def weekday(self) -> str:
        return weekday_label(self.day)

    @property
    def chosen_row(self) -> Row | None:
        """Return the row that alone is shown; None where all are."""
        return _row_of(self.choice, self.rows)

    @property
    def phone_row(self) -> Row:
        """Return the row that narrow screens show: the chosen one, else one's own, else the first that has lessons."""
        rows = list(self.matrix.rows)
        own = self.user.pk if self.choice.is_by_teacher else None
        with_lessons = (row for row in rows if row.pk in self.matrix.cells)
        return next((row for row in rows if row.pk == own), None) or next(with_lessons, rows[0])

    @property
    def may_choose(self) -> bool:
        """Return whether they may look at the week of each class group and teacher."""
        return may(Action.SEE_ANY_TIMETABLE, self.relations)

    @property
    def may_plan(self) -> bool:
        return may(Action.PLAN_LESSONS, self.relations)

    @property
    def may_begin_lessons(self) -> bool:
        """Return whether they may plan a lesson where nothing stands: with one course alone, something may stand there."""
        return self.may_plan and not self.choice.course

    @property
    def opens_all(self) -> bool:
        """Return whether the page of each lesson is for them."""
        return may(Action.SEE_LESSON, self.relations)

    def may_open(self, lesson: MatrixLesson) -> bool:
        """Tell whether the page of a lesson is for them, also by what they are to it."""
        if self.opens_all:
            return True
        if lesson.teacher == self.user.pk:
            return may(Action.SEE_LESSON, {Relation.LESSON_TEACHER})
        if self.user.pk in self.lessons.assistants.get(lesson.pk, ()):
            return may(Action.SEE_LESSON, {Relation.ASSISTANT})
        return False

    @property
    def bell_lists(self) -> BellLists:
        return lists_of(self.of_term)

    @property
    def has_columns(self) -> bool:
        """Return whether there is a period, or a lesson: else there is nothing to look at."""
        columns = self.matrix.columns.columns
        return any(
            column.number or column.starts is not None or not column.is_exact for column in columns
        )


def matrix_page(
    user: User,
    query: Mapping[str, str],
    day: dt.date,
    *,
    at: dt.datetime,
    leaves_out_drafts: bool = False,
) -> MatrixPage:
    """Read the matrix of this day, or of its week; seven queries, and one of each higher app that marks what is past.

    One more asks for a chosen course that has no lesson in these days.

    Raises:
        Http404: the person may not look at it.
    """
    school = SchoolSettings.load()
    relations = require_matrix(user, school)
    asked = matrix_choice(query)
    days = dates_of_week(monday_of(day)) if asked.is_of_week else [day]
    with_drafts = may(Action.SEE_DRAFT, relations) and not leaves_out_drafts
    lessons = school_lessons(days[0], days[-1], with_drafts=with_drafts)
    choice, rows = _with_what_there_is(asked, lessons)
    of_term = term_week_of(day)
    marks = _marks_of_past(user, relations, lessons.lessons, days, at)
    groups, lists = _groups(choice, rows), lists_of(of_term)
    matrix = matrix_of(
        choice, lessons, groups, days=days, bell_lists=lists, at=at, further_marks=marks
    )
    return MatrixPage(
        user, relations, school, choice, at, day, days, of_term, with_drafts, lessons, rows, matrix
    )


def _marks_of_past(
    user: User,
    relations: Collection[Relation],
    lessons: Sequence[MatrixLesson],
    days: Sequence[dt.date],
    at: dt.datetime,
) -> FurtherMarks:
    """Return what higher apps say of the lessons that are over; where none is, nobody is asked."""
    over = {lesson.pk for lesson in lessons if lesson.ends_at <= at}
    if not over:
        return NO_MARKS
    marks = school_marks(user, relations, *period_of_days(days[0], days[-1]))
    return {pk: of_lesson for pk, of_lesson in marks.items() if pk in over}


def _with_what_there_is(
    asked: MatrixChoice, lessons: SchoolLessons
) -> tuple[MatrixChoice, list[Row]]:
    """Leave out what the school has not got, and return the rows that are left.

    A course stays, though it has no lesson in these days.
    """
    names = {course.name for course in lessons.courses.values()}
    has_course = not asked.course or asked.course in names or is_course(asked.course)
    grades = map(grade_in_address, grades_of(lessons))
    choice = replace(
        asked,
        course=asked.course if has_course else "",
        grade=asked.grade if asked.grade in grades else "",
    )
    rows = rows_of(choice, lessons)
    return choice if _row_of(choice, rows) else replace(choice, row_key=""), rows


def _row_of(choice: MatrixChoice, rows: Iterable[Row]) -> Row | None:
    return next((row for row in rows if row.key == choice.row_key), None)


def _groups(choice: MatrixChoice, rows: Sequence[Row]) -> list[RowGroup]:
    """Return the rows that are shown: the chosen one, or all."""
    chosen = _row_of(choice, rows)
    return grouped([chosen] if chosen else rows, is_by_teacher=choice.is_by_teacher)
