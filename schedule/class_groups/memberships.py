"""Writes on who belongs to class groups, and when. `writing` makes, changes, archives and deletes these."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.batches import in_batches, update_rows
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Membership, MembershipQuerySet
from schedule.week_grid import DAY

# In one statement.
MEMBERSHIPS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class MembershipPlan:
    """The rows to write for a person to belong to certain class groups; maybe none."""

    # No day of these is left.
    gone: tuple[Membership, ...]
    # First and last days of those that change.
    periods: tuple[tuple[Membership, dt.date | None, dt.date | None], ...]
    # Keys of the class groups in which a membership begins.
    missing: frozenset[int]

    @property
    def class_group_ids(self) -> frozenset[int]:
        """Return the keys of the class groups in which something changes."""
        changed = (row for row, _first, _last in self.periods)
        return self.missing | {row.class_group_id for row in (*self.gone, *changed)}

    def __bool__(self) -> bool:
        return bool(self.gone or self.periods or self.missing)


def get_or_add_class_group(name: str) -> ClassGroup:
    """Return the active class group of this name, which is made where there is none."""
    class_group, _is_new = ClassGroup.objects.active().get_or_create(name=name, archived_at=None)
    return class_group


def kind_of_member(user: User) -> MembershipKind:
    return kind_of_roles(user.roles)


def kind_of_roles(roles: Collection[Role]) -> MembershipKind:
    """Return the kind for these roles: who teaches and does not learn is a class teacher, which shows no lessons."""
    if Role.TEACHER in roles and Role.STUDENT not in roles:
        return MembershipKind.CLASS_TEACHER
    return MembershipKind.STUDENT


@transaction.atomic
def set_class_groups(user: User, class_groups: Collection[ClassGroup], *, today: dt.date) -> bool:
    """Make the person belong to exactly these class groups from today on; say if it changed.

    A first membership reaches back without limit, one in a further class group begins today, and so
    does one that was entered ahead. One that is not listed any more has today as its last day, or
    yesterday where one that was entered ahead takes its place; of one that begins today or later
    nothing is left. History is kept.
    """
    return set_class_groups_of_people([(user, class_groups)], today=today)


@transaction.atomic
def set_class_groups_of_people(
    wanted: Sequence[tuple[User, Collection[ClassGroup]]], *, today: dt.date
) -> bool:
    """Like `set_class_groups`, for many by few statements; say if any changed."""
    open_ones = _open_memberships([user for user, _class_groups in wanted], today)
    plans: list[tuple[User, MembershipPlan]] = []
    for user, class_groups in wanted:
        listed = {class_group.pk for class_group in class_groups}
        kind = kind_of_member(user)
        plan = plan_memberships(open_ones[user.pk], listed, kind=kind, today=today)
        plans.append((user, plan))
    _begin_planned(plans, today)
    _write_periods([plan for _user, plan in plans])
    return any(plan for _user, plan in plans)


def _open_memberships(users: Iterable[User], today: dt.date) -> dict[int, list[Membership]]:
    """Lock and return them, by person."""
    return _locked_by_user(Membership.objects.not_over(day=today), (user.pk for user in users))


def _locked_by_user(
    rows: MembershipQuerySet, user_ids: Iterable[int]
) -> dict[int, list[Membership]]:
    """Lock the rows of these people, in one order whoever asks, and return them by person."""
    memberships_by_user: dict[int, list[Membership]] = defaultdict(list)
    rows = rows.select_for_update(no_key=True).order_by("user", "pk")
    for keys in in_batches(sorted(user_ids)):
        for row in rows.filter(user__in=keys):
            memberships_by_user[row.user_id].append(row)
    return memberships_by_user


def _begin_planned(
    plans: Iterable[tuple[User, MembershipPlan]],
    first_day: dt.date,
    *,
    first_ones_reach_back: bool = True,
) -> None:
    """Begin what is missing on that day; somebody's first memberships may reach back without limit."""
    beginning = [(user, plan) for user, plan in plans if plan.missing]
    are_members: set[int] = set()
    for keys in in_batches(user.pk for user, _plan in beginning):
        members = Membership.objects.filter(user__in=keys)
        are_members.update(members.values_list("user", flat=True))
    Membership.objects.bulk_create(
        [
            Membership(
                user=user,
                class_group_id=pk,
                kind=kind_of_member(user),
                from_date=None
                if first_ones_reach_back and user.pk not in are_members
                else first_day,
            )
            for user, plan in beginning
            for pk in sorted(plan.missing)
        ],
        batch_size=MEMBERSHIPS_AT_ONCE,
    )


def plan_memberships(
    open_ones: Iterable[Membership], listed: Collection[int], *, kind: str, today: dt.date
) -> MembershipPlan:
    """Return what `set_class_groups` writes, worked out of a person's memberships that are not over."""
    rows = list(open_ones)
    going_on = [row for row in rows if row.kind == kind and row.class_group_id in listed]
    membership_by_group = _kept_of_each(going_on, today)
    yesterday = today - DAY
    gone = [
        row
        for row in rows
        if _begins_after(row, yesterday) and row not in membership_by_group.values()
    ]
    takes_over = any(_begins_after(row, today) for row in membership_by_group.values())
    last_day = yesterday if takes_over else today
    ending = [row for row in rows if row not in going_on and row not in gone]
    periods = [
        *_periods_kept(membership_by_group.values(), today),
        *((row, row.from_date, last_day) for row in ending),
    ]
    return MembershipPlan(
        gone=tuple(gone),
        periods=tuple(period for period in periods if _differs(*period)),
        missing=frozenset(listed) - membership_by_group.keys(),
    )


@transaction.atomic
def join_class_groups(
    people: Collection[User],
    class_groups: Collection[ClassGroup],
    *,
    first_day: dt.date,
    today: dt.date,
) -> list[tuple[User, MembershipPlan]]:
    """Make people belong to these class groups too; return what was written of each, without who is in them already.

    A membership begins on the first day, and so does one that was to begin later; a first one that begins today
    reaches back without limit. One that would end after the first day goes on. Lock the class groups before, as for
    `move_members`.
    """
    listed = {class_group.pk for class_group in class_groups}
    rows = Membership.objects.not_over(day=first_day).filter(class_group__in=listed)
    memberships_by_user = _locked_by_user(rows, {user.pk for user in people})
    plans: list[tuple[User, MembershipPlan]] = []
    for user in people:
        kind = kind_of_member(user)
        of_kind = [row for row in memberships_by_user[user.pk] if row.kind == kind]
        plan = plan_memberships(of_kind, listed, kind=kind, today=first_day)
        if plan:
            plans.append((user, plan))
    _begin_planned(plans, first_day, first_ones_reach_back=first_day <= today)
    _write_periods([plan for _user, plan in plans])
    return plans


@transaction.atomic
def move_members(
    user_ids: Collection[int],
    *,
    source: ClassGroup,
    target: ClassGroup | None,
    kind: MembershipKind,
    first_day: dt.date,
) -> dict[int, MembershipPlan]:
    """Let members of one class group belong to another one from a day on, or to none; return what was written of each.

    Lock the class groups before, so that others who move their members wait.
    """
    target_key = None if target is None else target.pk
    rows = Membership.objects.not_over(day=first_day - DAY)
    rows = rows.filter(class_group__in=[source.pk, target_key], kind=kind)
    memberships_by_user = _locked_by_user(rows, user_ids)
    plans = {
        pk: plan_move(
            memberships_by_user.get(pk, ()),
            source=source.pk,
            target=target_key,
            first_day=first_day,
        )
        for pk in user_ids
    }
    _write_periods(plans.values())
    _begin_moved(plans, kind, first_day)
    return plans


def _begin_moved(
    plans: Mapping[int, MembershipPlan], kind: MembershipKind, first_day: dt.date
) -> None:
    beginning = [
        Membership(user_id=pk, class_group_id=group, kind=kind, from_date=first_day)
        for pk, plan in plans.items()
        for group in plan.missing
    ]
    Membership.objects.bulk_create(beginning, batch_size=MEMBERSHIPS_AT_ONCE)


def plan_move(
    rows: Iterable[Membership], *, source: int, target: int | None, first_day: dt.date
) -> MembershipPlan:
    """Return what a move of one person writes, worked out of their rows of one kind in these class groups.

    The source ends on the day before, and the target goes on from there, so that moving back on the same day leaves
    everything as it was. `rows`: those that are not over on the day before.
    """
    rows, last_day = list(rows), first_day - DAY
    of_source = [row for row in rows if row.class_group_id == source]
    of_target = [row for row in rows if row.class_group_id == target]
    kept = _kept_of_each(of_target, first_day).values()
    gone = [row for row in (*of_source, *of_target) if _begins_after(row, last_day)]
    periods = [
        *_periods_kept(kept, first_day),
        *((row, row.from_date, last_day) for row in of_source if row not in gone),
    ]
    return MembershipPlan(
        gone=tuple(row for row in gone if row not in kept),
        periods=tuple(period for period in periods if _differs(*period)),
        missing=frozenset() if target is None or kept else frozenset({target}),
    )


def lock_memberships(rows: Iterable[Membership]) -> None:
    """Lock these rows, in the order in which all writers take them."""
    locked = Membership.objects.filter(pk__in=[row.pk for row in rows])
    list(locked.select_for_update(no_key=True).order_by("user", "pk").values_list("pk"))


def lock_memberships_of(user_ids: Iterable[int]) -> None:
    """Lock all memberships of these people, in the order in which all writers take them."""
    _locked_by_user(Membership.objects.all(), user_ids)


@transaction.atomic
def restore_memberships(
    *, begun: Iterable[Membership], periods: Iterable[Membership], gone: Iterable[Membership]
) -> None:
    """Delete locked memberships that had begun, save the days of others, and write those again that were gone."""
    plan = MembershipPlan(
        gone=tuple(begun),
        periods=tuple((row, row.from_date, row.to_date) for row in periods),
        missing=frozenset(),
    )
    _write_periods([plan])
    Membership.objects.bulk_create(gone, batch_size=MEMBERSHIPS_AT_ONCE)


def correct_days(
    rows: Sequence[Membership], wanted: Sequence[tuple[dt.date | None, dt.date | None] | None]
) -> list[tuple[Any, Any]]:
    """Give locked memberships these days, and delete those with none; return what changed, before and after.

    Raises:
        IntegrityError: two of a person and kind would have no last day.
    """
    pairs = [
        ((row.from_date, row.to_date), days, row) for row, days in zip(rows, wanted, strict=True)
    ]
    changed = [(before, after, row) for before, after, row in pairs if before != after]
    plan = MembershipPlan(
        gone=tuple(row for _before, after, row in changed if after is None),
        periods=tuple((row, *after) for _before, after, row in changed if after is not None),
        missing=frozenset(),
    )
    with transaction.atomic():
        _write_periods([plan])
    return [(before, after) for before, after, _row in changed]


def _kept_of_each(memberships: Iterable[Membership], today: dt.date) -> dict[int, Membership]:
    """Return, by class group, the one that can go on: that ends last of those begun, else that begins first."""

    def rank(row: Membership) -> tuple[bool, int]:
        if row.from_date is not None and _begins_after(row, today):
            return False, -row.from_date.toordinal()
        return True, (row.to_date or dt.date.max).toordinal()

    return {row.class_group_id: row for row in sorted(memberships, key=rank)}


def _periods_kept(
    memberships: Iterable[Membership], today: dt.date
) -> Iterator[tuple[Membership, dt.date | None, dt.date | None]]:
    for row in memberships:
        yield row, today if _begins_after(row, today) else row.from_date, None


def _begins_after(membership: Membership, day: dt.date) -> bool:
    return membership.from_date is not None and membership.from_date > day


def _differs(membership: Membership, first: dt.date | None, last: dt.date | None) -> bool:
    return (membership.from_date, membership.to_date) != (first, last)


def _write_periods(plans: Iterable[MembershipPlan]) -> None:
    """Delete first: of two memberships in a class group one alone may be without an end."""
    plans = list(plans)
    for keys in in_batches(row.pk for plan in plans for row in plan.gone):
        Membership.objects.filter(pk__in=keys).delete()
    changed: list[Membership] = []
    for plan in plans:
        for membership, first, last in plan.periods:
            membership.from_date, membership.to_date = first, last
            changed.append(membership)
    update_rows(changed, ["from_date", "to_date"])


@transaction.atomic
def begin_memberships(members: Iterable[tuple[User, Collection[ClassGroup]]]) -> None:
    """Begin the memberships of new people, by few statements; first ones reach back without limit."""
    Membership.objects.bulk_create(
        (
            Membership(user=user, class_group=class_group, kind=kind_of_member(user))
            for user, class_groups in members
            for class_group in class_groups
        ),
        batch_size=MEMBERSHIPS_AT_ONCE,
    )


@transaction.atomic
def leave_all(user_id: int, *, last_day: dt.date) -> None:
    """Let somebody leave all class groups after a day; what begins later never does."""
    rows = Membership.objects.filter(user=user_id)
    rows.filter(from_date__gt=last_day).delete()
    rows.not_over(day=last_day + DAY).update(to_date=last_day)
