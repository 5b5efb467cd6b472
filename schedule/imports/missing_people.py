"""Students of the class groups in a file who are missing in it: whom a school may want to deactivate."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.hooks import role_needs
from accounts.models import User
from edu_platform.lib.batches import in_batches
from schedule.enums import StayReason
from schedule.imports.lookups import known_class_groups
from schedule.imports.user_rows import UserWish
from schedule.models import Membership


@dataclass(frozen=True, slots=True)
class MissingPerson:
    user: User
    class_groups: tuple[str, ...]
    # None: is deactivated, when somebody chooses so.
    stays: StayReason | None


def find_missing(
    wishes: Sequence[UserWish], named: Iterable[User], *, by: User | None, today: dt.date
) -> list[MissingPerson]:
    """Active students of today in the file's class groups whom no row names, by username.

    A class teacher is none of them: lists of students do not name teachers.
    """
    groups = known_class_groups(name for wish in wishes for name in wish.class_groups)
    group_ids = {group.pk for group in groups.values()}
    named_ids = {user.pk for user in named}
    candidates: set[int] = set()
    for batch in in_batches(group_ids):
        members = Membership.objects.of_students().on(day=today).filter(class_group__in=batch)
        candidates.update(members.filter(user__is_active=True).values_list("user", flat=True))
    users = _people(candidates - named_ids)
    memberships = _memberships(users, today)
    missing = [
        MissingPerson(
            user=user,
            class_groups=tuple(
                sorted(row.class_group.name for row in rows if row.class_group_id in group_ids)
            ),
            stays=_reason_to_stay(user, rows, group_ids, by=by),
        )
        for user, rows in ((user, memberships[user.pk]) for user in users.values())
    ]
    return sorted(missing, key=lambda each: each.user.username)


def _people(keys: Iterable[int]) -> dict[int, User]:
    found: dict[int, User] = {}
    for batch in in_batches(keys):
        people = User.objects.active().filter(pk__in=batch).prefetch_related("role_grants")
        found.update({user.pk: user for user in people})
    return found


def _memberships(users: Mapping[int, User], today: dt.date) -> dict[int, list[Membership]]:
    found: dict[int, list[Membership]] = defaultdict(list)
    for batch in in_batches(users):
        rows = Membership.objects.on(day=today).filter(user__in=batch)
        for row in rows.select_related("class_group"):
            found[row.user_id].append(row)
    return found


def _reason_to_stay(
    user: User, memberships: Sequence[Membership], group_ids: Collection[int], *, by: User | None
) -> StayReason | None:
    if by is not None and user.pk == by.pk:
        return StayReason.ONESELF
    if not user.is_ordinary:
        return StayReason.POWER
    if any(needs(user, role) for needs in role_needs for role in user.roles):
        return StayReason.TEACHES
    # The file says nothing of who belongs to those.
    others = [row for row in memberships if row.class_group_id not in group_ids]
    if any(row.class_group.archived_at is None for row in others):
        return StayReason.ELSEWHERE
    return None
