"""The class groups of class teachers, and all of them for planners: the only door from a request to one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.batches import VALUES_A_STATEMENT
from edu_platform.lib.statements import Statement
from edu_platform.lib.text import storable_text
from schedule.access import require
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


def get_class_group_to_manage(user: User, code: str) -> ClassGroup:
    """The class group of this code, archived ones too, for who looks after all people.

    Raises:
        Http404: there is none, or they may not.
    """
    require(user, Action.MANAGE_PEOPLE)
    class_group = ClassGroup.objects.filter(code=code).first()
    if class_group is None:
        raise Http404
    return class_group


def get_class_groups_to_manage(user: User, codes: Collection[str]) -> list[ClassGroup]:
    """The class groups of these codes, by name.

    Raises:
        Http404: there is none of one of the codes, none was named, or the person may not.
    """
    require(user, Action.MANAGE_PEOPLE)
    wanted = set(map(storable_text, codes))
    if len(wanted) > VALUES_A_STATEMENT:
        raise Http404
    class_groups = ClassGroup.objects.filter(code__in=wanted).order_by("name_key", "pk")
    if not wanted or len(class_groups) != len(wanted):
        raise Http404
    return list(class_groups)


_TAUGHT = Statement(lambda user_id, day: _taught_by(user_id, day).values_list("pk")[:1])
