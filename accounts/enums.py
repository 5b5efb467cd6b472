from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """The roles of a person in the school; a person has a set of these."""

    STUDENT = "student", _("Student")
    TEACHER = "teacher", _("Teacher")
    SUPERVISOR = "supervisor", _("Supervisor")
    PLANNER = "planner", _("Planner")
    ADMINISTRATOR = "administrator", _("Administrator")


def role_names(roles: Collection[Role]) -> str:
    """The names of the roles in a fixed order; empty when there are none."""
    return "、".join(str(role.label) for role in Role if role in roles)


# Those who look after the school's data, and so may open the administration.
STAFF_ROLES = frozenset({Role.PLANNER, Role.ADMINISTRATOR})
# Those that anybody with the administration open may give; the others only a superuser.
ORDINARY_ROLES = frozenset({Role.STUDENT, Role.TEACHER})


class IdentityState(models.TextChoices):
    """The state of a person's registration in the classroom cloud."""

    UNREGISTERED = "unregistered", _("Not registered yet")
    REGISTERED = "registered", _("Registered")
    STALE = "stale", _("Changed here, not yet in the cloud")
    FAILED = "failed", _("Failed")
