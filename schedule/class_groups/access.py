"""The class groups of class teachers: the only door from a request to one."""

from __future__ import annotations

import datetime as dt

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.statements import Statement
from schedule.models import ClassGroup, Membership


def class_groups_taught_by(user: User) -> QuerySet[ClassGroup]:
    """The class groups of which a person is class teacher today, for what that allows."""
    if not _may_help_class_groups(user):
        return ClassGroup.objects.none()
    return _taught_by(user.pk, timezone.localdate()).order_by("name_key", "pk")


def _may_help_class_groups(user: User) -> bool:
    return user.has_role(Role.TEACHER) and may(
        Action.RESET_START_PASSWORD, {Relation.CLASS_TEACHER}
    )


def _taught_by(user_id: int, day: dt.date) -> QuerySet[ClassGroup]:
    own = Membership.objects.of_class_teachers().on(day=day).filter(user_id=user_id)
    return ClassGroup.objects.active().filter(pk__in=own.values("class_group"))


def is_class_teacher(user: User) -> bool:
    """Tell whether `class_groups_taught_by` finds any; one query, and none for those who cannot be one."""
    if not _may_help_class_groups(user):
        return False
    return _TAUGHT.first(user_id=user.pk, day=timezone.localdate()) is not None


def get_class_group(user: User, code: str) -> ClassGroup:
    """The class group of this code, when the person is its class teacher.

    Raises:
        Http404: there is none, or not for this person.
    """
    class_group = class_groups_taught_by(user).filter(code=code).first()
    if class_group is None:
        raise Http404
    return class_group


_TAUGHT = Statement(lambda user_id, day: _taught_by(user_id, day).values_list("pk")[:1])
