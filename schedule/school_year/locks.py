"""Locks of a school year that begins or is undone: terms, then people, class groups and memberships, as all take them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from accounts.services.people import lock_people
from schedule.models import ClassGroup, Membership, Term


def lock_school(class_group_ids: Collection[int], first_day: dt.date) -> None:
    """Lock all that is concerned: nobody plans for these class groups, or changes their members, until the transaction ends."""
    terms = Term.objects.not_over(first_day).order_by("pk")
    list(terms.select_for_update(no_key=True).values_list("pk"))
    members = Membership.objects.filter(class_group__in=class_group_ids)
    lock_people(members.values_list("user", flat=True).distinct().order_by())
    groups = ClassGroup.objects.filter(pk__in=class_group_ids).order_by("pk")
    list(groups.select_for_update(no_key=True).values_list("pk"))
    rows = members.select_for_update(no_key=True).order_by("user", "pk")
    list(rows.values_list("pk"))
