"""Finding what the cells of a file name, in a number of queries that hardly grows with the file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from accounts.models import User
from accounts.names import sign_in_name
from edu_platform.lib.batches import in_batches
from edu_platform.lib.statements import Statement
from schedule.class_groups.memberships import get_or_add_class_group
from schedule.models import ClassGroup


def people_by_username(usernames: Iterable[str]) -> dict[str, User]:
    """The people with these usernames, their roles read along."""
    found: dict[str, User] = {}
    for batch in in_batches(usernames):
        people = _BY_USERNAME.rows(usernames=batch)
        found.update({user.username: user for user in people})
    return found


_BY_USERNAME = Statement(
    lambda usernames: (
        User.objects.get_queryset().filter(username__in=usernames).prefetch_related("role_grants")
    )
)


def people_by_sign_in_name(usernames: Iterable[str]) -> dict[str, list[User]]:
    """The people whose usernames sign-in takes for one of these, by what it takes them for; the oldest first."""
    found: dict[str, list[User]] = defaultdict(list)
    for batch in in_batches({sign_in_name(username) for username in usernames}):
        people = User.objects.get_queryset().filter(sign_in_name__in=batch)
        for user in people.order_by("pk").prefetch_related("role_grants"):
            found[user.sign_in_name].append(user)
    return found


def known_class_groups(names: Iterable[str]) -> dict[str, ClassGroup]:
    """The active class groups of these names."""
    found: dict[str, ClassGroup] = {}
    for batch in in_batches(names):
        groups = _GROUPS_NAMED.rows(names=batch)
        found.update({group.name: group for group in groups})
    return found


_GROUPS_NAMED = Statement(lambda names: ClassGroup.objects.active().filter(name__in=names))


def class_groups_by_name(
    names: Iterable[str], *, made: list[ClassGroup] | None = None
) -> dict[str, ClassGroup]:
    """The active class groups of these names; those that are missing are made, and noted in `made`."""
    wanted = tuple(dict.fromkeys(names))
    found = known_class_groups(wanted)
    for name in _missing(wanted, found):
        found[name] = get_or_add_class_group(name, made=made)
    return found


def _missing(wanted: Iterable[str], found: Collection[str]) -> list[str]:
    """In one order: of two files that make the same, one waits for the other, never both."""
    return sorted(name for name in wanted if name not in found)
