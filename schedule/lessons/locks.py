"""Locks that writers of lessons take: the lessons first, then people, then class groups, each in the order of keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from edu_platform.lib.statements import Statement
from schedule.lessons.plan import LessonPlan
from schedule.models import Lesson
from schedule.occupancy.party_locks import lock_people_and_groups


def lock_lessons(lessons: Iterable[Lesson], *, will_delete: bool = False) -> None:
    """Take the rows of many lessons at once, in one order, before each is changed, or some are deleted."""
    lesson_ids = list({lesson.pk for lesson in lessons})
    if transaction.get_connection().features.has_select_for_update:
        (_LOCKED_WITH_KEY if will_delete else _LOCKED).rows(lesson_ids=lesson_ids)


def _locking(lesson_ids: list[int], *, no_key: bool) -> QuerySet[Lesson, Any]:
    rows = Lesson.objects.select_for_update(no_key=no_key).filter(pk__in=lesson_ids)
    return rows.order_by("pk").values_list("pk")


_LOCKED = Statement(lambda lesson_ids: _locking(lesson_ids, no_key=True))

_LOCKED_WITH_KEY = Statement(lambda lesson_ids: _locking(lesson_ids, no_key=False))


def lock_parties(plans: Iterable[LessonPlan]) -> None:
    """Serialise planning for the same people, class groups and students, in one lock order.

    Of students no row is taken, but those of all class groups that share some with the plans'.
    """
    if not transaction.get_connection().features.has_select_for_update:
        return  # SQLite: transactions that write queue from their beginning
    people_ids: set[int] = set()
    group_ids: set[int] = set()
    first = dt.datetime.max.replace(tzinfo=dt.UTC)
    for plan in plans:
        people_ids.update(person.pk for person in (plan.teacher, *plan.assistants))
        group_ids.update(group.pk for group in plan.class_groups)
        first = min(first, plan.starts_at)
    if people_ids:
        lock_people_and_groups(people_ids, group_ids, since=timezone.localdate(first))
