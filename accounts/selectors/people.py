from __future__ import annotations

from collections.abc import Collection

from django.utils.translation import gettext

from accounts.enums import ORDINARY_ROLES, IdentityState
from accounts.models import (
    ClassroomIdentity,
    ClassroomIdentityQuerySet,
    Notice,
    RoleGrant,
    User,
    UserQuerySet,
)
from edu_platform.lib.backlog import backlog
from edu_platform.lib.formatting import listed

NAMES_SHOWN = 5


def superuser_names() -> str:
    """Name those who may give every role; a few are enough to ask one. Without any, say who makes one."""
    return _names(User.objects.active().filter(is_superuser=True)) or gettext(
        "there is none yet; the operator of the server can make one"
    )


def administrator_names() -> str:
    """Name those who appoint supervisors and planners."""
    return _names(User.objects.active().administrators()) or superuser_names()


def _names(people: UserQuerySet) -> str:
    in_order = people.order_by("name_key", "username")
    return listed(in_order.values_list("display_name", flat=True)[:NAMES_SHOWN])


def has_anybody_power(user_ids: Collection[int]) -> bool:
    """Tell whether any of these people, of whom there are few enough for a statement, has power over others."""
    people = User.objects.get_queryset().filter(pk__in=user_ids)
    powerful = RoleGrant.objects.filter(user__in=user_ids).exclude(role__in=ORDINARY_ROLES)
    return people.filter(is_superuser=True).exists() or powerful.exists()


def refused_people() -> ClassroomIdentityQuerySet:
    """Those with an open account whom the cloud refuses: until that is settled they enter no class."""
    return ClassroomIdentity.objects.filter(state=IdentityState.FAILED, user__is_active=True)


refused_count = backlog(refused_people, since="refused_since")


unmailed_count = backlog(Notice.objects.unmailed, since="unreachable_since")
