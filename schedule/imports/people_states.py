"""People as they are at one moment: what an import of people may change of them, kept as JSON so that it can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from accounts.models import RoleGrant, User
from edu_platform.lib.batches import in_batches
from schedule.models import Membership

# Columns of the account, and beside them the memberships by their keys.
NAME, ROLES, ACTIVE, MEMBERSHIPS = "display_name", "roles", "is_active", "memberships"

PersonState = dict[str, Any]
PeopleStates = Mapping[int, PersonState]


def people_as_they_are(user_ids: Iterable[int]) -> dict[int, PersonState]:
    """Return them by key, with all memberships that they have or had; three queries for 500 people."""
    states: dict[int, PersonState] = {}
    for keys in in_batches(user_ids):
        people = User.objects.get_queryset().filter(pk__in=keys).order_by()
        for pk, name, is_active in people.values_list("pk", "display_name", "is_active"):
            states[pk] = {NAME: name, ROLES: [], ACTIVE: is_active, MEMBERSHIPS: {}}
        grants = RoleGrant.objects.filter(user__in=keys).order_by("role")
        for pk, role in grants.values_list("user", "role"):
            states[pk][ROLES].append(role)
        for membership in Membership.objects.filter(user__in=keys).order_by("pk"):
            states[membership.user_id][MEMBERSHIPS][str(membership.pk)] = kept(membership)
    return states


def kept(membership: Membership) -> list[Any]:
    """As JSON: the class group, as what somebody is there, from when and to when."""
    days = (membership.from_date, membership.to_date)
    texts = (None if day is None else day.isoformat() for day in days)
    return [membership.class_group_id, str(membership.kind), *texts]


def differences_between(
    before: PeopleStates, after: PeopleStates
) -> Iterator[tuple[int, PersonState | None, PersonState]]:
    """Yield who differs, by key, with what was and what is, and nothing that stayed the same."""
    for key, is_now in after.items():
        was = before.get(key)
        if was is None:
            yield key, None, is_now
        elif was != is_now:
            names = [name for name in is_now if was[name] != is_now[name]]
            yield key, _part(was, names, is_now), _part(is_now, names, was)


def _part(state: PersonState, names: Iterable[str], other: PersonState) -> PersonState:
    """Take these columns of a state, and of its memberships those that differ from the other's."""
    part = {name: state[name] for name in names}
    if MEMBERSHIPS in part:
        others = other[MEMBERSHIPS]
        part[MEMBERSHIPS] = {
            key: row for key, row in state[MEMBERSHIPS].items() if others.get(key) != row
        }
    return part
