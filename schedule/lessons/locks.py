"""Locks that writers of lessons take: the lessons first, then people, then class groups, each in the order of keys.

Who has left before the lock, and had not when the plan was made, is in no lesson of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.statements import Statement
from schedule.lessons.plan import LessonPlan
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import ClassGroup, Lesson
from schedule.occupancy.party_locks import TakingPart, lock_people_and_groups, taking_part


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


class WithParties(Protocol):
    """A lesson or weekly lesson as planned, with its people and class groups as they were read."""

    @property
    def teacher(self) -> User: ...

    @property
    def assistants(self) -> tuple[User, ...]: ...

    @property
    def class_groups(self) -> tuple[ClassGroup, ...]: ...


@dataclass(slots=True)
class _Parties:
    """The people and class groups of plans, and which of them took part when they were read."""

    people: set[int] = field(default_factory=set)
    class_groups: set[int] = field(default_factory=set)
    active_people: set[int] = field(default_factory=set)
    active_groups: set[int] = field(default_factory=set)

    def add(self, plan: WithParties) -> None:
        for person in (plan.teacher, *plan.assistants):
            self.people.add(person.pk)
            if person.is_active:
                self.active_people.add(person.pk)
        for group in plan.class_groups:
            self.class_groups.add(group.pk)
            if group.archived_at is None:
                self.active_groups.add(group.pk)

    def require_as_read(self, now: TakingPart) -> None:
        """Look whether they still take part; who had left before, and was planned knowingly, may stay.

        Raises:
            ChangedMeanwhile: somebody has left since, or a class group was archived.
        """
        if not (self.active_people <= now.people and self.active_groups <= now.class_groups):
            raise ChangedMeanwhile


def lock_parties(plans: Iterable[LessonPlan]) -> None:
    """Serialise planning for the same people, class groups and students, in one lock order.

    Of students no row is taken, but those of all class groups that share some with the plans'.

    Raises:
        ChangedMeanwhile: somebody in the plans has left since they were made, or a class group was archived.
    """
    parties = _Parties()
    first = dt.datetime.max.replace(tzinfo=dt.UTC)
    for plan in plans:
        parties.add(plan)
        first = min(first, plan.starts_at)
    if not parties.people:
        return
    if transaction.get_connection().features.has_select_for_update:
        since = timezone.localdate(first)
        now = lock_people_and_groups(parties.people, parties.class_groups, since=since)
    else:
        # SQLite: transactions that write queue from their beginning, but plans are made before it.
        now = taking_part(parties.people, parties.class_groups)
    parties.require_as_read(now)


def require_taking_part(plans: Iterable[WithParties]) -> None:
    """Look, where nobody is taken and so nobody is locked, whether all in the plans take part as when these were made.

    Raises:
        ChangedMeanwhile: as above.
    """
    parties = _Parties()
    for plan in plans:
        parties.add(plan)
    parties.require_as_read(taking_part(parties.people, parties.class_groups))
