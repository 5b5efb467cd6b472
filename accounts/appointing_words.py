"""Say who gives a role, or changes a person, to those who may not; `accounts.services.appointing` decides it."""

from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext

from accounts.enums import Role
from accounts.models import User
from accounts.selectors.people import superuser_names


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
