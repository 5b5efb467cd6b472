"""Locks of people and class groups, so that whoever looks who is free and then writes does so alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from accounts.models import User
from edu_platform.lib.statements import Statement
from schedule.occupancy.students import groups_sharing_students


def lock_people_and_groups(
    people: Iterable[int], class_groups: Iterable[int], *, since: dt.date
) -> None:
    """Lock these, and all class groups that share students with one of them on this day or later."""
    _LOCKED_PEOPLE.rows(people=list(people))
    _LOCKED_GROUPS.rows(class_groups=list(class_groups), day=since)


_LOCKED_PEOPLE = Statement(
    lambda people: (
        User.objects.get_queryset()
        .filter(pk__in=people)
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk")
    )
)
_LOCKED_GROUPS = Statement(
    lambda class_groups, day: (
        groups_sharing_students(class_groups, day=day)
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk")
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
