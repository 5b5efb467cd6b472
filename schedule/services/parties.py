"""The people and class groups of a lesson: in which other lessons they are, and locks of their rows.

Said as statements: they are asked for each lesson that is planned, changed or restored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from accounts.models import User
from edu_platform.lib.statements import Statement
from schedule.models import Occupation
from schedule.models.lessons import OccupationQuerySet
from schedule.planning.shared_students import groups_sharing_students


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


def person_taken(
    people: list[int], *, starts_at: dt.datetime, ends_at: dt.datetime, but: int
) -> Occupation | None:
    """Where one of these people is at that time, in another lesson than this one."""
    return _PERSON_TAKEN.first(people=people, starts_at=starts_at, ends_at=ends_at, but=but)


def group_taken(
    class_groups: list[int], *, starts_at: dt.datetime, ends_at: dt.datetime, but: int
) -> Occupation | None:
    """Where one of these class groups is; lessons that may overlap others stand in nobody's way."""
    return _GROUP_TAKEN.first(
        class_groups=class_groups, starts_at=starts_at, ends_at=ends_at, but=but
    )


def _in_others(starts_at: dt.datetime, ends_at: dt.datetime, but: int) -> OccupationQuerySet:
    overlapping = Occupation.objects.overlapping(starts_at=starts_at, ends_at=ends_at)
    return overlapping.exclude(lesson_id=but).select_related("lesson", "person", "class_group")


_PERSON_TAKEN = Statement(
    lambda people, **when: (
        _in_others(**when).filter(person__pk__in=people).order_by("starts_at", "pk")[:1]
    )
)
_GROUP_TAKEN = Statement(
    lambda class_groups, **when: (
        _in_others(**when)
        .filter(class_group__pk__in=class_groups, is_exclusive=True)
        .order_by("starts_at", "pk")[:1]
    )
)
