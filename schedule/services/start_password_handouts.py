"""Which students of a class group get a start password."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q

from accounts.enums import ORDINARY_ROLES, Role
from accounts.models import RoleGrant, User, UserQuerySet
from schedule.models import ClassGroup, Membership


def students_without_password(class_group: ClassGroup, *, today: dt.date) -> UserQuerySet:
    """The class group's students who never signed in, or cannot."""
    has_none = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return students_of(class_group, today=today).filter(Q(last_login=None) | has_none)


def students_of(class_group: ClassGroup, *, today: dt.date) -> UserQuerySet:
    """Who belongs to the class group today and is nothing but a student (or teacher).

    Handing out passwords must not give access to a planner's account.
    """
    members = Membership.objects.of_students().on(day=today).filter(class_group=class_group)
    powerful = RoleGrant.objects.exclude(role__in=ORDINARY_ROLES)
    return (
        User.objects.active()
        .with_role(Role.STUDENT)
        .filter(pk__in=members.values("user"), is_superuser=False)
        .exclude(pk__in=powerful.values("user"))
        .order_by("username")
    )
