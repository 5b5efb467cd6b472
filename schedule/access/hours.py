"""Whose hours somebody may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.text import storable_text
from schedule.access.lessons import general_relations


@dataclass(frozen=True, slots=True)
class HoursChoice:
    """One person's, or those of everybody who teaches."""

    sees_all: bool
    person: User | None = None


def may_see_hours(user: User) -> bool:
    """Whether there are hours that they may look at, be it their own alone."""
    return may(Action.SEE_HOURS, _relations(user))


def get_hours_choice(user: User, query: Mapping[str, str]) -> HoursChoice:
    """Read `teacher` of an address; without it everybody's, of who sees no others' their own.

    Raises:
        Http404: there is nobody of this name, or the person may not look at their hours.
    """
    if not may_see_hours(user):
        raise Http404
    sees_all = may(Action.SEE_ALL_HOURS, _relations(user))
    username = query.get("teacher", "")
    if username in ("", user.username):
        is_own = bool(username) or not sees_all
        return HoursChoice(sees_all, user if is_own else None)
    # Also somebody who has left, or teaches no longer.
    person = User.objects.get_queryset().filter(username=storable_text(username)).first()
    if not sees_all or person is None:
        raise Http404
    return HoursChoice(sees_all, person)


def _relations(user: User) -> set[Relation]:
    is_teacher = user.has_role(Role.TEACHER)
    return general_relations(user) | ({Relation.TEACHER} if is_teacher else set())
