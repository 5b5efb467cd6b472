"""The common part of a matrix's page, file and paper: who looks at it, what they chose, and the matrix itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from accounts.models import SchoolSettings, User
from accounts.permissions import Action, Relation, may
from schedule.access import require_matrix
from schedule.class_groups.grades import grade_in_address
from schedule.matrix.choice import MatrixChoice, matrix_choice
from schedule.matrix.reading import MatrixLesson, SchoolLessons, is_course, school_lessons
from schedule.matrix.rows import Row, grades_of, grouped, rows_of
from schedule.matrix.table import Matrix, matrix_of
from schedule.terms.reading import TermWeek, bells_of, term_week_of
from schedule.week_grid import dates_of_week, monday_of, weekday_label


@dataclass(frozen=True, slots=True)
class MatrixPage:
    user: User
    relations: frozenset[Relation]
    school: SchoolSettings
    # With what of the address there is.
    choice: MatrixChoice
    day: dt.date
    days: Sequence[dt.date]
    of_term: TermWeek | None
    # Its lessons hold drafts, if there are any.
    with_drafts: bool
    lessons: SchoolLessons
    # All that the choice leaves, also where one alone is shown.
    rows: Sequence[Row]
    matrix: Matrix

    @property
    def monday(self) -> dt.date:
        return self.days[0]

    @property
    def sunday(self) -> dt.date:
        return self.days[-1]

    @property
    def weekday(self) -> str:
        return weekday_label(self.day)

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
    def has_columns(self) -> bool:
        """Return whether there is a period, or a lesson: else there is nothing to look at."""
        columns = self.matrix.columns.columns
        return any(column.starts is not None or not column.is_exact for column in columns)


def matrix_page(
    user: User,
    query: Mapping[str, str],
    day: dt.date,
    *,
    at: dt.datetime,
    leaves_out_drafts: bool = False,
) -> MatrixPage:
    """Read the matrix of this day, or of its week; seven queries.

    One more asks for a chosen course that has no lesson in these days.

    Raises:
        Http404: the person may not look at it.
    """
    school = SchoolSettings.load()
    relations = require_matrix(user, school)
    asked = matrix_choice(query)
    days = _days(day, is_of_week=asked.is_of_week)
    with_drafts = may(Action.SEE_DRAFT, relations) and not leaves_out_drafts
    lessons = school_lessons(days[0], days[-1], with_drafts=with_drafts)
    choice = _with_what_there_is(asked, lessons)
    rows = rows_of(choice, lessons)
    of_row = [row for row in rows if row.key == choice.of]
    if not of_row:
        choice = replace(choice, of="")
    of_term = term_week_of(day)
    matrix = matrix_of(
        choice,
        lessons,
        grouped(of_row or rows, is_by_teacher=choice.is_by_teacher),
        days=days,
        bells=bells_of(of_term),
        at=at,
    )
    return MatrixPage(
        user=user,
        relations=relations,
        school=school,
        choice=choice,
        day=day,
        days=days,
        of_term=of_term,
        with_drafts=with_drafts,
        lessons=lessons,
        rows=rows,
        matrix=matrix,
    )


def _days(day: dt.date, *, is_of_week: bool) -> list[dt.date]:
    return dates_of_week(monday_of(day)) if is_of_week else [day]


def _with_what_there_is(choice: MatrixChoice, lessons: SchoolLessons) -> MatrixChoice:
    """Leave out what the school has not got. A course stays, though it has no lesson in these days."""
    names = {course.name for course in lessons.courses.values()}
    has_course = not choice.course or choice.course in names or is_course(choice.course)
    grades = map(grade_in_address, grades_of(lessons))
    return replace(
        choice,
        course=choice.course if has_course else "",
        grade=choice.grade if choice.grade in grades else "",
    )
