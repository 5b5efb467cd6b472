"""Writes on class groups and who belongs to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from accounts.enums import Role
from accounts.models import User
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Membership


def get_or_add_class_group(name: str) -> ClassGroup:
    """The active class group of this name, made when there is none."""
    class_group, _added = ClassGroup.objects.active().get_or_create(name=name, archived_at=None)
    return class_group


def archive_class_group(class_group: ClassGroup, *, at: dt.datetime) -> None:
    """Archive a class group at the end of its year, which frees its name. Safe to repeat."""
    ClassGroup.objects.active().filter(pk=class_group.pk).update(archived_at=at)


def kind_of_member(user: User) -> MembershipKind:
    """Who teaches and does not learn is a class teacher, which shows no lessons."""
    if user.has_role(Role.TEACHER) and not user.has_role(Role.STUDENT):
        return MembershipKind.CLASS_TEACHER
    return MembershipKind.STUDENT


@transaction.atomic
def set_class_groups(user: User, class_groups: Collection[ClassGroup], *, today: dt.date) -> bool:
    """Make the person belong to exactly these class groups from today on; say if it changed.

    A first membership reaches back without limit; one in a further class group begins today, and
    one that is not listed any more has today as its last day. History is kept.
    """
    open_ones = Membership.objects.not_over(day=today).filter(user=user)
    kind = kind_of_member(user)
    kept: set[int] = set()
    changed = False
    for membership in open_ones.select_related("class_group"):
        if membership.class_group in class_groups and membership.kind == kind:
            kept.add(membership.class_group_id)
            changed |= _set_last_day(membership, None)
        else:
            changed |= _set_last_day(membership, today)
    is_first = not Membership.objects.filter(user=user).exists()
    for class_group in class_groups:
        if class_group.pk not in kept:
            Membership.objects.create(
                user=user,
                class_group=class_group,
                kind=kind,
                from_date=None if is_first else today,
            )
            changed = True
    return changed


def _set_last_day(membership: Membership, day: dt.date | None) -> bool:
    if membership.to_date == day:
        return False
    if day is not None and membership.from_date is not None and membership.from_date > day:
        day = membership.from_date
    membership.to_date = day
    membership.save(update_fields=["to_date"])
    return True
