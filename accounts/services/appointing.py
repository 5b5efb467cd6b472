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
    # Locked and read again: of two who appoint at once, the later one is judged by what the other wrote.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    held = frozenset(
        map(Role, RoleGrant.objects.filter(user=person).values_list("role", flat=True))
    )
    person.__dict__["roles"] = held
    refused = [role for role in held ^ frozenset(roles) if not may_give_role(by, role, person)]
    if refused:
        raise MayNotAppoint(refused)
    if held != frozenset(roles):
        people.set_roles(person, roles, by=by)
