"""The students of whole class groups, to whom start passwords are given."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from accounts.models import User
from schedule.models import ClassGroup, Membership


def students_by_class_group(
    class_groups: Sequence[ClassGroup],
) -> list[tuple[ClassGroup, list[User]]]:
    """Return the students of each today, by name, with their roles; two queries for any number.

    Somebody in two stands in the first one: they get one password, not a second that replaces the first.
    """
    members = Membership.objects.of_students().on(day=timezone.localdate())
    rows = members.filter(class_group__in=class_groups, user__is_active=True)
    rows = rows.select_related("user").prefetch_related("user__role_grants")
    students: dict[int, dict[int, User]] = {group.pk: {} for group in class_groups}
    for row in rows.order_by("user__name_key", "user__username", "pk"):
        students[row.class_group_id][row.user_id] = row.user
    placed: set[int] = set()
    sheets: list[tuple[ClassGroup, list[User]]] = []
    for group in class_groups:
        own = [user for pk, user in students[group.pk].items() if pk not in placed]
        placed |= students[group.pk].keys()
        sheets.append((group, own))
    return sheets
