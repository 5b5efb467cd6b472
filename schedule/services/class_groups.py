"""Writes on class groups and who belongs to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts.enums import Role
from accounts.models import User
from schedule.enums import MembershipKind
from schedule.models import Channel, ClassGroup, Membership
from schedule.services.channels import lock_to_delete

# In one statement.
MEMBERSHIPS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MembershipPlan:
    """What has to be written for a person to belong to certain class groups; maybe nothing."""

    last_days: tuple[tuple[Membership, dt.date | None], ...]
    # Keys of the class groups in which a membership begins.
    missing: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.last_days or self.missing)


def get_or_add_class_group(name: str) -> ClassGroup:
    """The active class group of this name, made when there is none."""
    class_group, _added = ClassGroup.objects.active().get_or_create(name=name, archived_at=None)
    return class_group


def archive_class_group(class_group: ClassGroup, *, at: dt.datetime) -> None:
    """Archive a class group at the end of its year, which frees its name. Safe to repeat."""
    ClassGroup.objects.active().filter(pk=class_group.pk).update(archived_at=at)


@transaction.atomic
def delete_class_groups(class_groups: Iterable[ClassGroup]) -> None:
    """Delete class groups with the channels that tell of their lessons, while nobody adds one or writes to it.

    Raises:
        ProtectedError: a lesson, a weekly lesson or a person has one of them.
    """
    rows = ClassGroup.objects.filter(pk__in=[each.pk for each in class_groups])
    list(rows.order_by("pk").select_for_update().values_list("pk"))
    lock_to_delete(Channel.objects.filter(class_group__in=rows))
    rows.delete()


def kind_of_member(user: User) -> MembershipKind:
    return kind_of_roles(user.roles)


def kind_of_roles(roles: Collection[Role]) -> MembershipKind:
    """Who teaches and does not learn is a class teacher, which shows no lessons."""
    if Role.TEACHER in roles and Role.STUDENT not in roles:
        return MembershipKind.CLASS_TEACHER
    return MembershipKind.STUDENT


@transaction.atomic
def set_class_groups(user: User, class_groups: Collection[ClassGroup], *, today: dt.date) -> bool:
    """Make the person belong to exactly these class groups from today on; say if it changed.

    A first membership reaches back without limit; one in a further class group begins today, and
    one that is not listed any more has today as its last day. History is kept.
    """
    open_ones = list(Membership.objects.not_over(day=today).filter(user=user))
    kind = kind_of_member(user)
    listed = {class_group.pk for class_group in class_groups}
    plan = plan_memberships(open_ones, listed, kind=kind, today=today)
    for membership, day in plan.last_days:
        membership.to_date = day
        membership.save(update_fields=["to_date"])
    missing = [class_group for class_group in class_groups if class_group.pk in plan.missing]
    return bool(_begin(user, missing, kind=kind, today=today)) or bool(plan.last_days)


def plan_memberships(
    open_ones: Iterable[Membership], listed: Collection[int], *, kind: str, today: dt.date
) -> MembershipPlan:
    """What `set_class_groups` writes, worked out of a person's memberships that are not over."""
    rows = list(open_ones)
    going_on = [row for row in rows if row.kind == kind and row.class_group_id in listed]
    kept = _last_of_each(going_on)
    wanted: list[tuple[Membership, dt.date | None]] = [
        *((row, _last_day_from(row, today)) for row in rows if row not in going_on),
        *((row, None) for row in kept.values()),
    ]
    return MembershipPlan(
        last_days=tuple((row, day) for row, day in wanted if row.to_date != day),
        missing=frozenset(listed) - kept.keys(),
    )


@transaction.atomic
def join_class_groups(
    user: User, class_groups: Iterable[ClassGroup], *, today: dt.date
) -> list[Membership]:
    """Make the person belong to these class groups too; return what was made or goes on.

    A first membership reaches back without limit; one in a further class group begins today. One
    that would end goes on.
    """
    kind, wanted = kind_of_member(user), list(dict.fromkeys(class_groups))
    open_ones = Membership.objects.not_over(day=today).filter(user=user, kind=kind)
    there = _last_of_each(open_ones.filter(class_group__in=wanted))
    for membership in there.values():
        _set_last_day(membership, None)
    missing = [class_group for class_group in wanted if class_group.pk not in there]
    return [*there.values(), *_begin(user, missing, kind=kind, today=today)]


def _last_of_each(memberships: Iterable[Membership]) -> dict[int, Membership]:
    """Of each class group, by its key, the one that ends last, or never: no other can go on."""
    in_order = sorted(memberships, key=lambda row: row.to_date or dt.date.max)
    return {row.class_group_id: row for row in in_order}


def leave_class_group(membership: Membership, *, today: dt.date) -> bool:
    """Have today as the last day, and say if that is a change: what is over stays as it is."""
    is_over = membership.to_date is not None and membership.to_date <= today
    return not is_over and _set_last_day(membership, today)


@transaction.atomic
def begin_memberships(members: Iterable[tuple[User, Collection[ClassGroup]]]) -> None:
    """Have new people belong to class groups, by few statements; first ones reach back without limit."""
    Membership.objects.bulk_create(
        (
            Membership(user=user, class_group=class_group, kind=kind_of_member(user))
            for user, class_groups in members
            for class_group in class_groups
        ),
        batch_size=MEMBERSHIPS_AT_ONCE,
    )


def _begin(
    user: User, class_groups: Iterable[ClassGroup], *, kind: MembershipKind, today: dt.date
) -> list[Membership]:
    """A first membership reaches back without limit, one in a further class group begins today."""
    is_first = not Membership.objects.filter(user=user).exists()
    return [
        Membership.objects.create(
            user=user, class_group=class_group, kind=kind, from_date=None if is_first else today
        )
        for class_group in class_groups
    ]


def _set_last_day(membership: Membership, day: dt.date | None) -> bool:
    day = None if day is None else _last_day_from(membership, day)
    if membership.to_date == day:
        return False
    membership.to_date = day
    membership.save(update_fields=["to_date"])
    return True


def _last_day_from(membership: Membership, day: dt.date) -> dt.date:
    """The day, or the first one of a membership that begins later."""
    return max(day, membership.from_date or day)
