"""Locks of people and class groups, so that whoever looks who is free and then writes does so alone.

Which of them take part in lessons, active people and class groups that are not archived, is read with the locks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction

from accounts.models import User
from edu_platform.lib.statements import Statement
from schedule.models import ClassGroup
from schedule.occupancy.students import groups_sharing_students


class TakingPart(NamedTuple):
    """The keys of people and class groups that take part in lessons now."""

    people: frozenset[int]
    class_groups: frozenset[int]

    @classmethod
    def among(
        cls,
        people: Collection[tuple[int, bool]],
        class_groups: Collection[tuple[int, dt.datetime | None]],
    ) -> TakingPart:
        """Return those of whom the database says so; who is gone has no row."""
        return cls(
            frozenset(pk for pk, is_active in people if is_active),
            frozenset(pk for pk, archived_at in class_groups if archived_at is None),
        )


def lock_people_and_groups(
    people: Collection[int], class_groups: Collection[int], *, since: dt.date
) -> TakingPart:
    """Lock these, and all class groups that share students with one of them on this day or later."""
    locked_people = _LOCKED_PEOPLE.rows(people=list(people))
    locked_groups = _LOCKED_GROUPS.rows(class_groups=list(class_groups), day=since)
    return TakingPart.among(locked_people, locked_groups)


def taking_part(people: Collection[int], class_groups: Collection[int]) -> TakingPart:
    """Return which of these take part now, without a lock; two queries."""
    return TakingPart.among(
        _PEOPLE.rows(people=list(people)), _GROUPS.rows(class_groups=list(class_groups))
    )


_LOCKED_PEOPLE = Statement(
    lambda people: (
        User.objects.get_queryset()
        .filter(pk__in=people)
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", "is_active")
    )
)
_LOCKED_GROUPS = Statement(
    lambda class_groups, day: (
        groups_sharing_students(class_groups, day=day)
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", "archived_at")
    )
)
_PEOPLE = Statement(
    lambda people: User.objects.get_queryset().filter(pk__in=people).values_list("pk", "is_active")
)
_GROUPS = Statement(
    lambda class_groups: ClassGroup.objects.filter(pk__in=class_groups).values_list(
        "pk", "archived_at"
    )
)


def check_exclusion_now() -> None:
    """Let PostgreSQL check its deferred constraint here, where the cause is still known.

    Raises:
        IntegrityError: somebody is taken twice, which only the database saw.
    """
    connection = transaction.get_connection()
    if connection.vendor != "postgresql":
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
