"""Say who may appoint whom, and appoint: the one address of the rule for pages, imports and the administration.

Planners look after students and teachers. Administrators also appoint supervisors and planners, and look after
them, with their second factor once more (`accounts.sign_in.code_again`). Administrators are made by superusers
alone. Nobody but a superuser does any of it to themselves.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from accounts.enums import ORDINARY_ROLES, Role
from accounts.models import RoleGrant, User
from accounts.permissions import roles_given_by
from accounts.services import people


class MayNotAppoint(Exception):
    """Somebody gives or takes a role that is not theirs to give."""

    def __init__(self, roles: Collection[Role]) -> None:
        super().__init__(", ".join(sorted(roles)))
        self.roles = frozenset(roles)


def may_look_after(by: User | None, person: User) -> bool:
    """Tell whether somebody may change a person: name, password, sign-ins, activity; None is a command.

    Each role that the person has must be one that they may give: else who may not appoint a planner would
    hand out a planner's password.
    """
    if by is None:
        return True
    if not by.is_active:
        return False
    if by.is_superuser:
        return True
    if person.is_superuser or person.pk == by.pk:
        return False
    given = roles_given_by(by.roles)
    return bool(given) and person.roles <= given


def may_give_role(by: User | None, role: Role, to: User | None) -> bool:
    """Tell whether somebody may give a role, or take it back; `to` is None for a new person, `by` for a command."""
    if by is None:
        return True
    if not by.is_active:
        return False
    if by.is_superuser:
        return True
    return role in roles_given_by(by.roles) and (to is None or may_look_after(by, to))


def roles_to_give(by: User, to: User | None) -> list[Role]:
    """Return the roles that somebody may give and take, in their order."""
    return [role for role in Role if may_give_role(by, role, to)]


def is_about_power(*role_sets: Collection[Role]) -> bool:
    """Tell whether any of these roles, of before or of after a change, is more than a student's or teacher's.

    On pages such a change asks for the second factor once more.
    """
    return any(frozenset(roles) - ORDINARY_ROLES for roles in role_sets)


@transaction.atomic
def appoint(person: User, roles: Collection[Role], *, by: User | None) -> None:
    """Give exactly these roles, as far as they are `by`'s to give and to take.

    With other power the person is signed out everywhere, and the audit log tells of it.

    Raises:
        MayNotAppoint: it gives or takes a role that is not theirs.
    """
    held = _lock_roles(person)
    refused = [role for role in held ^ frozenset(roles) if not may_give_role(by, role, person)]
    if refused:
        raise MayNotAppoint(refused)
    if held != frozenset(roles):
        people.set_roles(person, roles, by=by)


@transaction.atomic
def appoint_new_person(person: User, roles: Collection[Role], *, by: User | None) -> None:
    """Add a person whose columns a form has filled in, with these roles.

    Raises:
        MayNotAppoint: one of the roles is not `by`'s to give.
    """
    if refused := [role for role in roles if not may_give_role(by, role, None)]:
        raise MayNotAppoint(refused)
    people.add_person(person, roles=roles, by=by)


@transaction.atomic
def take_withdrawn_role(grant: RoleGrant, *, by: User) -> None:
    """Take a role that the school's sign-in gives no longer; the person keeps all others that they have by now.

    Raises:
        RoleGrant.DoesNotExist: it was taken meanwhile, or somebody has kept it.
        MayNotAppoint: the person, as they are by now, is not `by`'s to look after.
    """
    person = grant.user
    held = _lock_roles(person)
    withdrawn = RoleGrant.objects.filter(withdrawn_at__isnull=False)
    appoint(person, held - {Role(withdrawn.get(pk=grant.pk).role)}, by=by)


def _lock_roles(person: User) -> frozenset[Role]:
    """Lock a person and read their roles: of two who appoint at once, the later one is judged by what the other wrote."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    roles = RoleGrant.objects.filter(user=person).values_list("role", flat=True)
    person.set_known_roles(map(Role, roles))
    return person.roles
