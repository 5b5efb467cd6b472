"""The rows of a matrix: which class groups or teachers there are, in the order of their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import pgettext

from schedule.class_groups.grades import grade_in_words, has_grade, in_order
from schedule.matrix.choice import MatrixChoice
from schedule.matrix.reading import ClassGroupRow, MatrixLesson, SchoolLessons
from schedule.timetable.words import named_apart


class Row(NamedTuple):
    pk: int
    # It tells the row from another one of the same name.
    name: str
    # Addresses name the row by it.
    key: str
    # New lessons may be planned for it.
    is_current: bool
    grade: str = ""


class RowGroup(NamedTuple):
    """The rows of a grade; where rows have none, all of them, without a name."""

    name: str
    rows: Sequence[Row]


RowsOf = Callable[[MatrixLesson], Sequence[int]]


def lesson_rows(choice: MatrixChoice, school_lessons: SchoolLessons) -> RowsOf:
    """Return a function that tells in which rows a lesson stands: its class groups, or who teaches and assists."""
    assistants = school_lessons.assistants

    def people_of(lesson: MatrixLesson) -> Sequence[int]:
        others = assistants.get(lesson.pk)
        return (lesson.teacher,) if others is None else (lesson.teacher, *others)

    def class_groups_of(lesson: MatrixLesson) -> Sequence[int]:
        return lesson.class_groups

    return people_of if choice.is_by_teacher else class_groups_of


def grades_of(school_lessons: SchoolLessons) -> list[str]:
    """Return the grades that class groups have, in order; last an empty one, if some have none."""
    return in_order(group.grade for group in school_lessons.class_groups.values())


def rows_of(choice: MatrixChoice, school_lessons: SchoolLessons) -> list[Row]:
    """Return the rows that a choice leaves, but for that of one of them, in order."""
    return (
        _teachers(choice, school_lessons)
        if choice.is_by_teacher
        else _class_groups(choice, school_lessons)
    )


def grouped(rows: Iterable[Row], *, is_by_teacher: bool) -> list[RowGroup]:
    if is_by_teacher:
        return [RowGroup("", list(rows))]
    return [
        RowGroup(grade_in_words(grade), list(of_grade))
        for grade, of_grade in groupby(rows, key=lambda row: row.grade)
    ]


def _class_groups(choice: MatrixChoice, school_lessons: SchoolLessons) -> list[Row]:
    with_lessons = {group for lesson in school_lessons.lessons for group in lesson.class_groups}
    groups = [
        group
        for group in school_lessons.class_groups.values()
        if has_grade(group.grade, choice.grade)
        and (group.archived_at is None or group.pk in with_lessons)
    ]
    places = {grade: place for place, grade in enumerate(grades_of(school_lessons))}
    return sorted(map(_row_of, groups), key=lambda row: places[row.grade])


def _row_of(group: ClassGroupRow) -> Row:
    if group.archived_at is None:
        return Row(group.pk, group.name, group.name, is_current=True, grade=group.grade)
    name = pgettext("class group", "%(name)s (archived)") % {"name": group.name}
    # Another one may have its name by now.
    return Row(group.pk, name, group.code, is_current=False, grade=group.grade)


def _teachers(choice: MatrixChoice, school_lessons: SchoolLessons) -> list[Row]:
    """Return who may teach, and who has lessons; with a grade or a course only those who have lessons of it."""
    people_of = lesson_rows(choice, school_lessons)
    asked, is_narrowed = school_lessons.lessons, bool(choice.grade or choice.course)
    if is_narrowed:
        asked = [lesson for lesson in asked if _is_asked_for(lesson, choice, school_lessons)]
    with_lessons = {person for lesson in asked for person in people_of(lesson)}
    people = [
        person
        for person in school_lessons.people.values()
        if person.pk in with_lessons or (person.may_teach and not is_narrowed)
    ]
    names = named_apart((person.username, person.name) for person in people)
    return [
        Row(person.pk, names[person.username], person.username, is_current=person.may_teach)
        for person in people
    ]


def _is_asked_for(
    lesson: MatrixLesson, choice: MatrixChoice, school_lessons: SchoolLessons
) -> bool:
    if choice.course and school_lessons.courses[lesson.course].name != choice.course:
        return False
    groups = (school_lessons.class_groups[pk] for pk in lesson.class_groups)
    return not choice.grade or any(has_grade(group.grade, choice.grade) for group in groups)
