"""The roster of a lesson: who was expected, by the day on which it was held."""

from __future__ import annotations

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


def roster_of(lesson: Lesson) -> list[Expected]:
    """Return teacher, assistants and students of a lesson, each once; two queries."""
    expected = {lesson.teacher_id: Expected(lesson.teacher_id, RosterRole.TEACHER)}
    for person_id in _ASSISTANTS.rows(lesson_pk=lesson.pk):
        expected.setdefault(person_id, Expected(person_id, RosterRole.ASSISTANT))
    day = timezone.localdate(lesson.starts_at)
    for person_id, class_group_id, is_active in _STUDENTS.rows(lesson_pk=lesson.pk, day=day):
        student = Expected(person_id, RosterRole.STUDENT, class_group_id, is_closed=not is_active)
        expected.setdefault(person_id, student)
    return list(expected.values())


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
