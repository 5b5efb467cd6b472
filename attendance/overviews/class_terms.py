"""The attendance of a class group over a term: its students and lessons, and what each was; four queries.

They are thousands of cells, so that rows are plain tuples.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from attendance.enums import AttendanceStage
from attendance.models import LessonAttendance, PersonAttendance
from attendance.models.lessons import SHOWN_STATE
from attendance.overviews.figures import Figures
from attendance.overviews.spans import Span
from attendance.overviews.week_charts import WeekChart, chart_of
from attendance.state_words import head_count
from edu_platform.lib.statements import Statement
from schedule.models import ClassGroup, Membership, begins_within
from schedule.week_grid import monday_of

# A page has the columns of so many lessons; sums are those of the whole term.
LESSONS_A_PAGE = 200


class LessonColumn(NamedTuple):
    pk: int
    code: str
    title: str
    course: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    stage: str
    attended: int
    students: int

    @property
    def is_final(self) -> bool:
        return self.stage == AttendanceStage.FINAL

    @property
    def head_count(self) -> str:
        return head_count(self.attended, self.students)


class Student(NamedTuple):
    pk: int
    code: str | None
    username: str
    name: str


@dataclass(frozen=True, slots=True)
class StudentRow:
    student: Student
    figures: Figures
    # By the lesson's key; where somebody was not on the roster there is nothing.
    states: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class ClassTerm:
    class_group: ClassGroup
    span: Span
    # Empty: all.
    course: str
    courses: Sequence[str]
    # In the order of time.
    lessons: Sequence[LessonColumn]
    # In the order of names.
    rows: Sequence[StudentRow]
    total: Figures
    chart: WeekChart

    @property
    def query(self) -> dict[str, str]:
        """Return how an address says what was chosen."""
        return {**self.span.query, **({"course": self.course} if self.course else {})}


def class_term(class_group: ClassGroup, span: Span, *, course: str = "") -> ClassTerm:
    """Read the attendance of a class group; a course that it has no lesson of counts as none."""
    since, until = span.period
    period: dict[str, int | dt.datetime] = {
        "group": class_group.pk,
        "since": since,
        "until": until,
    }
    lessons = [LessonColumn(*row) for row in _LESSONS.rows(**period)]
    courses = sorted({lesson.course for lesson in lessons})
    course = course if course in courses else ""
    shown = [lesson for lesson in lessons if course in ("", lesson.course)]
    memberships = _memberships(class_group, span)
    states = _states(class_group, _PEOPLE.rows(**period), shown, memberships)
    students = _students(states.keys() | {row.user_id for row in memberships})
    columns = {lesson.pk: lesson for lesson in shown}
    rows = [_row(student, states.get(student.pk, {}), columns) for student in students]
    total, by_week = _sums(rows, columns)
    return ClassTerm(
        class_group=class_group,
        span=span,
        course=course,
        courses=courses,
        lessons=shown,
        rows=rows,
        total=total,
        chart=chart_of(span, by_week),
    )


def _memberships(class_group: ClassGroup, span: Span) -> list[Membership]:
    """Return who was a student of the class group on any day of the term."""
    students = Membership.objects.of_students().not_over(day=span.first_day)
    begun = Q(from_date=None) | Q(from_date__lte=span.last_day)
    return list(students.filter(begun, class_group=class_group))


def _states(
    class_group: ClassGroup,
    people: Iterable[tuple[Any, ...]],
    lessons: Iterable[LessonColumn],
    memberships: Iterable[Membership],
) -> dict[int, dict[int, str]]:
    """Return the states of students of the class group, by person and lesson.

    Lessons of several class groups have students of others, too: of them the day of the lesson tells who is of this one.
    """
    of_person: dict[int, list[Membership]] = defaultdict(list)
    for membership in memberships:
        of_person[membership.user_id].append(membership)
    days = {lesson.pk: timezone.localdate(lesson.starts_at) for lesson in lessons}
    states: dict[int, dict[int, str]] = defaultdict(dict)
    for lesson_id, person_id, state, group_id in people:
        day = days.get(lesson_id)
        if day is None:
            continue
        if group_id == class_group.pk or any(
            membership.covers(day) for membership in of_person.get(person_id, ())
        ):
            states[person_id][lesson_id] = state
    return states


def _students(keys: Iterable[int]) -> list[Student]:
    return [Student(*row) for row in _STUDENTS.rows(keys=sorted(keys))]


def _row(
    student: Student, states: Mapping[int, str], columns: Mapping[int, LessonColumn]
) -> StudentRow:
    figures = Figures()
    for lesson_id, state in states.items():
        figures.add(columns[lesson_id].stage, state)
    return StudentRow(student, figures, states)


def _sums(
    rows: Iterable[StudentRow], columns: Mapping[int, LessonColumn]
) -> tuple[Figures, dict[dt.date, Figures]]:
    """Return the figures of all students together, and those of each week by its Monday."""
    mondays = {
        pk: monday_of(timezone.localdate(lesson.starts_at)) for pk, lesson in columns.items()
    }
    by_week = {monday: Figures() for monday in mondays.values()}
    total = Figures()
    for row in rows:
        for lesson_id, state in row.states.items():
            by_week[mondays[lesson_id]].add(columns[lesson_id].stage, state)
    for figures in by_week.values():
        total.provisional += figures.provisional
        for state, count in figures.by_state.items():
            total.by_state[state] += count
    return total, by_week


def _lessons(
    group: int, since: dt.datetime, until: dt.datetime
) -> QuerySet[LessonAttendance, tuple[Any, ...]]:
    rows: QuerySet[LessonAttendance, tuple[Any, ...]] = (
        LessonAttendance.objects.with_states()
        .filter(begins_within(since, until, prefix="lesson__"), lesson__class_groups=group)
        .order_by("lesson__starts_at", "lesson")
        .values_list(
            *("lesson", "lesson__code", "lesson__title", "lesson__course__name"),
            *("lesson__starts_at", "lesson__ends_at", "stage", "attended", "students"),
        )
    )
    return rows


_LESSONS: Statement[tuple[Any, ...]] = Statement(_lessons)
_PEOPLE: Statement[tuple[Any, ...]] = Statement(
    lambda group, since, until: (
        PersonAttendance.objects.of_students()
        .with_states()
        .filter(
            begins_within(since, until, prefix="attendance__lesson__"),
            attendance__lesson__class_groups=group,
        )
        .annotate(shown=SHOWN_STATE)
        .values_list("attendance", "person", "shown", "class_group")
    )
)
_STUDENTS: Statement[tuple[Any, ...]] = Statement(
    lambda keys: (
        User.objects.get_queryset()
        .filter(pk__in=keys)
        .order_by("name_key", "username")
        .values_list("pk", "code", "username", "display_name")
    )
)
