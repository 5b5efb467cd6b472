"""The lessons of some days as plain rows, and who and what they name: a fixed number of queries for thousands."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet

from accounts.models import User
from edu_platform.lib.statements import Statement
from edu_platform.lib.text import storable_text
from schedule.courses.colours import colour_of
from schedule.enums import LessonState
from schedule.lessons.may_teach import who_may_teach
from schedule.models import ClassGroup, Course, Lesson, LessonQuerySet, begins_within
from schedule.week_grid import period_of_days

NOTHING = (None, None, None)
Rows = QuerySet[Lesson, tuple[Any, ...]]


class MatrixLesson(NamedTuple):
    """A lesson with the keys of whom and what it names."""

    pk: int
    code: str
    course: int
    teacher: int
    starts_at: dt.datetime
    ends_at: dt.datetime
    state: str
    moved_at: dt.datetime | None
    teacher_changed_at: dt.datetime | None
    # For whom its teacher stands in.
    absent_teacher: str | None
    # Why it may overlap others of its class groups; mostly empty.
    overlap_reason: str
    class_groups: tuple[int, ...]

    @property
    def is_plain(self) -> bool:
        """Return whether it stands as it was planned, as most lessons do."""
        changes = (self.moved_at, self.teacher_changed_at, self.absent_teacher)
        return self.state == LessonState.PUBLISHED and changes == NOTHING


class CourseRow(NamedTuple):
    pk: int
    name: str
    # Chosen for it, else 0.
    chosen_colour: int

    @property
    def colour(self) -> int:
        return colour_of(self.name, self.chosen_colour)


class ClassGroupRow(NamedTuple):
    pk: int
    code: str
    name: str
    grade: str
    archived_at: dt.datetime | None


class PersonRow(NamedTuple):
    pk: int
    username: str
    name: str
    may_teach: bool


@dataclass(frozen=True, slots=True)
class SchoolLessons:
    """The lessons of some days in the order of pages, and all whom they may name, in the order of names."""

    lessons: Sequence[MatrixLesson]
    # Those of these lessons.
    courses: dict[int, CourseRow]
    # Active ones, and those that a lesson of these days is of.
    class_groups: dict[int, ClassGroupRow]
    # Who may teach, and whom a lesson of these days has.
    people: dict[int, PersonRow]
    # By lesson.
    assistants: dict[int, list[int]]


def school_lessons(first: dt.date, last: dt.date, *, with_drafts: bool) -> SchoolLessons:
    """Read what the school's timetable has from the first to the last of these days; five queries."""
    since, until = period_of_days(first, last)
    period = {"since": since, "until": until}
    lessons = _joined((_ALL if with_drafts else _VISIBLE).rows(**period))
    assistants: dict[int, list[int]] = defaultdict(list)
    for lesson, person in _ASSISTING.rows(**period):
        assistants[lesson].append(person)
    named = {lesson.course for lesson in lessons}
    courses = (CourseRow(*row) for row in _COURSES.rows(**period))
    return SchoolLessons(
        lessons=lessons,
        courses={course.pk: course for course in courses if course.pk in named},
        class_groups={row[0]: ClassGroupRow(*row) for row in _CLASS_GROUPS.rows(**period)},
        people={row[0]: PersonRow(*row) for row in _PEOPLE.rows(**period)},
        assistants=assistants,
    )


def is_course(name: str) -> bool:
    """Tell whether there is a course of this name, though none of its lessons lies in the days that are shown."""
    return Course.objects.filter(name=storable_text(name)).exists()


def _joined(rows: Sequence[tuple[Any, ...]]) -> list[MatrixLesson]:
    """Make one of the rows of each lesson, which has one for each of its class groups."""
    lessons: list[MatrixLesson] = []
    last = None
    for row in rows:
        pk, group = row[0], row[-1]
        if pk == last:
            lesson = lessons[-1]
            lessons[-1] = lesson._replace(class_groups=(*lesson.class_groups, group))
        else:
            groups = () if group is None else (group,)
            lessons.append(MatrixLesson._make((*row[:-1], groups)))
            last = pk
    return lessons


# --- Queries ------------------------------------------------------------------------------------

COLUMNS = (
    *("pk", "code", "course", "teacher", "starts_at", "ends_at", "state"),
    *("moved_at", "teacher_changed_at", "substitution__absent_teacher__display_name"),
    *("overlap_reason", "class_groups"),
)


def _rows_of(lessons: LessonQuerySet, since: dt.datetime, until: dt.datetime) -> Rows:
    inside = lessons.within(starts_at=since, ends_at=until)
    return inside.order_by("starts_at", "pk").values_list(*COLUMNS)


def _people(since: dt.datetime, until: dt.datetime) -> QuerySet[User, tuple[int, str, str, bool]]:
    inside = Lesson.objects.within(starts_at=since, ends_at=until)
    return people_rows(Q(pk__in=inside.values("teacher")) | Q(pk__in=_assisting(since, until)))


def people_rows(has_lesson: Q) -> QuerySet[User, tuple[int, str, str, bool]]:
    """Return the cells of the rows of who may teach, or has a lesson of those that are shown."""
    may_teach = Q(pk__in=who_may_teach().values("pk"))
    people = User.objects.get_queryset().filter(may_teach | has_lesson)
    teachers = people.annotate(may_teach=ExpressionWrapper(may_teach, output_field=BooleanField()))
    rows: QuerySet[User, tuple[int, str, str, bool]] = teachers.order_by(
        "name_key", "username"
    ).values_list("pk", "username", "display_name", "may_teach")
    return rows


def _assisting(since: dt.datetime, until: dt.datetime) -> QuerySet[Any, Any]:
    assisting = Lesson.assistants.through.objects
    return assisting.filter(begins_within(since, until, prefix="lesson__")).values("user")


def _class_groups(since: dt.datetime, until: dt.datetime) -> QuerySet[ClassGroup, Any]:
    attending = Lesson.class_groups.through.objects
    inside = attending.filter(begins_within(since, until, prefix="lesson__"))
    return class_group_rows(Q(pk__in=inside.values("classgroup")))


def class_group_rows(has_lesson: Q) -> QuerySet[ClassGroup, Any]:
    """Return the cells of the rows of active class groups, and of those with a lesson that is shown."""
    groups = ClassGroup.objects.filter(Q(archived_at=None) | has_lesson)
    return groups.order_by("name_key", "pk").values_list(
        "pk", "code", "name", "grade", "archived_at"
    )


_VISIBLE = Statement(lambda since, until: _rows_of(Lesson.objects.visible(), since, until))
_ALL = Statement(lambda since, until: _rows_of(Lesson.objects.all(), since, until))
_ASSISTING = Statement(
    lambda since, until: _assisting(since, until).order_by("pk").values_list("lesson", "user")
)
_COURSES = Statement(
    lambda since, until: (
        Course.objects.filter(
            pk__in=Lesson.objects.within(starts_at=since, ends_at=until).values("course")
        )
        .order_by("name_key", "pk")
        .values_list("pk", "name", "colour")
    )
)
_CLASS_GROUPS = Statement(_class_groups)
_PEOPLE = Statement(_people)
