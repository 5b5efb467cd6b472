"""The roster of a lesson: who was expected, by the day on which it was held."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.utils import timezone

from attendance.enums import RosterRole
from edu_platform.lib.statements import Statement
from schedule.models import Lesson, Membership


class Expected(NamedTuple):
    """A person of the roster; a student with the class group that brings them, the first of several."""

    person_id: int
    role: RosterRole
    class_group_id: int | None = None
    # An account that is closed by now: its person is expected no more, unless they were there.
    is_closed: bool = False


def roster(
    teacher_id: int, assistants: Iterable[int], students: Iterable[tuple[int, int, bool]]
) -> list[Expected]:
    """Return these people, each once; of a student's class groups the first one counts.

    Students are told by person, class group, and whether the account is active.
    """
    expected = {teacher_id: Expected(teacher_id, RosterRole.TEACHER)}
    for person_id in assistants:
        expected.setdefault(person_id, Expected(person_id, RosterRole.ASSISTANT))
    for person_id, class_group_id, is_active in students:
        student = Expected(person_id, RosterRole.STUDENT, class_group_id, is_closed=not is_active)
        expected.setdefault(person_id, student)
    return list(expected.values())


def roster_of(lesson: Lesson) -> list[Expected]:
    """Return teacher, assistants and students of a lesson, each once; two queries."""
    day = timezone.localdate(lesson.starts_at)
    return roster(
        lesson.teacher_id,
        _ASSISTANTS.rows(lesson_pk=lesson.pk),
        _STUDENTS.rows(lesson_pk=lesson.pk, day=day),
    )


_ASSISTANTS = Statement(
    lambda lesson_pk: (
        Lesson.assistants.through.objects.filter(lesson=lesson_pk)
        .order_by("user")
        .values_list("user", flat=True)
    )
)
_STUDENTS = Statement(
    lambda lesson_pk, day: (
        Membership.objects.of_students()
        .on(day=day)
        .filter(class_group__lessons=lesson_pk)
        .order_by("class_group__name_key", "class_group", "user")
        .values_list("user", "class_group", "user__is_active")
    )
)
