"""Sentences of appointing: who gives a role, or changes a person, to those who may not, and what it opens.

`accounts.services.appointing` decides it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.utils.translation import gettext

from accounts.enums import Role, role_names
from accounts.models import ExternalAccount, User
from accounts.selectors.people import administrator_names, superuser_names
from accounts.services.appointing import roles_to_give


def reason_not_to_give(roles: Collection[Role]) -> str:
    """Return why somebody may not give these roles, as a fault of a row says it."""
    if Role.ADMINISTRATOR in roles:
        reason = gettext("only a superuser may give this role: %(names)s")
        return reason % {"names": superuser_names()}
    return gettext("only an administrator may give this role")


def reason_not_to_change(person: User) -> str:
    """Return why somebody else may not change a person, as a fault of a row says it."""
    if person.is_administrator:
        reason = gettext("only a superuser may change this person: %(names)s")
        return reason % {"names": superuser_names()}
    return gettext("only an administrator may change this person")


def who_changes(person: User) -> str:
    """Say to those who may not change the person who does."""
    if person.is_superuser or Role.ADMINISTRATOR in person.roles:
        sentence = gettext("Administrators are looked after by superusers alone: %(names)s.")
        return sentence % {"names": superuser_names()}
    sentence = gettext("Supervisors and planners are looked after by administrators: %(names)s.")
    return sentence % {"names": administrator_names()}


def who_gives_others(viewer: User, person: User | None) -> str:
    """Say who gives the roles that somebody may not; empty for those who give all."""
    given = roles_to_give(viewer, person)
    others = [role for role in Role if role not in given]
    if not others:
        return ""
    if Role.PLANNER in others:
        sentence = gettext("%(roles)s are appointed by administrators: %(names)s.")
        appointed = role_names([role for role in others if role is not Role.ADMINISTRATOR])
        return sentence % {"roles": appointed, "names": administrator_names()}
    sentence = gettext("Administrators are made by superusers alone: %(names)s.")
    return sentence % {"names": superuser_names()}


def what_opens(person: User, accounts: Iterable[ExternalAccount]) -> str:
    """Warn of the external accounts that open an account which has more power now; empty where there are none.

    Staff without that power may have linked them before.
    """
    named = "; ".join(map(str, accounts))
    if not named:
        return ""
    sentence = gettext(
        "These external accounts open %(person)s's account too, which has more power now: %(accounts)s. Delete those that are not this person's."
    )
    return sentence % {"person": person.display_name, "accounts": named}
