"""Changing one person on a page: names, mail address and roles together, and only what the page showed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction

from accounts.enums import ORDINARY_ROLES, Role
from accounts.models import ExternalAccount, User
from accounts.services import people
from accounts.services.appointing import MayNotAppoint, appoint, may_look_after
from accounts.services.audit import role_values
from edu_platform.lib.versions import require_as_shown, version_of

# What the form of a person holds beside their roles.
FIELDS = ("username", "display_name", "email")


@dataclass(frozen=True, slots=True)
class ChangedPerson:
    person: User
    # The external accounts that open the account as well, which has more power now than when they were linked.
    opened_by: tuple[ExternalAccount, ...] = ()


def person_version(person: User) -> str:
    """Return the version of what a form of the person shows."""
    shown = [getattr(person, name) for name in FIELDS]
    power = (role_values(person.roles), person.is_superuser)
    return version_of(person.pk, shown, power, person.is_active)


@transaction.atomic
def change_person(
    person: User,
    *,
    fields: Mapping[str, str],
    roles: Collection[Role],
    by: User,
    known: str = "",
) -> ChangedPerson:
    """Save what a form says of a person: those of its fields that differ, and the roles.

    Raises:
        NotAsShown: the person is not any more what a page showed in the version `known`; `now` is who they are.
        MayNotAppoint: the person has power by now that is not `by`'s to give, or is given a role that is not; or is
            being erased.
        IntegrityError: the username became somebody else's meanwhile.
    """
    locked = User.objects.get_queryset().select_for_update(no_key=True).get(pk=person.pk)
    require_as_shown(locked, known, person_version(locked))
    if not may_look_after(by, locked) or locked.erasing_since is not None:
        raise MayNotAppoint(locked.roles)
    was_ordinary = locked.is_ordinary
    changed = {name for name in FIELDS if name in fields and getattr(locked, name) != fields[name]}
    for name in changed:
        setattr(locked, name, fields[name])
    if changed:
        people.save_person(locked, changed=changed, by=by)
    if "display_name" in changed:
        people.note_changed_people([locked])
    appoint(locked, roles, by=by)
    is_powerful = bool(frozenset(roles) - ORDINARY_ROLES)
    opened_by = locked.external_accounts.order_by("pk") if was_ordinary and is_powerful else ()
    return ChangedPerson(locked, tuple(opened_by))
