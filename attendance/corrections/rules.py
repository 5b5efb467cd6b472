"""The rules of correcting: who corrects whose attendance, and until when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.utils import timezone

from accounts.models import User
from accounts.permissions import Action, Relation, may
from attendance.access import SeenLesson
from attendance.enums import RosterRole
from attendance.models import PersonAttendance
from schedule.models import Lesson, Membership

# From the planned end on; staff correct always.
CORRECTED_FOR = dt.timedelta(days=7)
ALWAYS = frozenset({Relation.STAFF})


def corrects(relations: Collection[Relation]) -> bool:
    """Tell whether people of these relations correct at all, if only for some days."""
    return may(Action.CORRECT_ATTENDANCE, relations)


def closes_at(lesson: Lesson, relations: Collection[Relation]) -> dt.datetime | None:
    """Return until when people of these relations correct; None: as long as they like."""
    return None if corrects_always(relations) else lesson.ends_at + CORRECTED_FOR


def corrects_always(relations: Collection[Relation]) -> bool:
    return may(Action.CORRECT_ATTENDANCE, ALWAYS.intersection(relations))


def is_open(seen: SeenLesson, at: dt.datetime) -> bool:
    """Tell whether the person who sees the lesson may correct it at this moment."""
    closes = closes_at(seen.lesson, seen.relations)
    return corrects(seen.relations) and (closes is None or at < closes)


def correctable_rows(
    user: User, seen: SeenLesson, people: Iterable[PersonAttendance]
) -> list[PersonAttendance]:
    """Return those of these rows that the person corrects: staff everybody's, others never their own.

    The teacher of a lesson corrects its students and assistants, a class teacher the students of their class groups.
    At most one query.
    """
    rows = list(people)
    if corrects_always(seen.relations):
        return rows
    others = [row for row in rows if row.person_id != user.pk]
    if Relation.LESSON_TEACHER in seen.relations:
        return [row for row in others if row.role != RosterRole.TEACHER]
    if not corrects(seen.relations):
        return []
    students = _students_of(seen)
    return [row for row in others if row.role == RosterRole.STUDENT and row.person_id in students]


def _students_of(seen: SeenLesson) -> set[int]:
    """Return who was in one's own class groups on the day of the lesson."""
    day = timezone.localdate(seen.lesson.starts_at)
    members = Membership.objects.of_students().on(day=day)
    own = members.filter(class_group__in=seen.own_class_groups)
    return set(own.values_list("user", flat=True))
