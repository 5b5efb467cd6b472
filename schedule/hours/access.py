"""Access to teaching hours: whose somebody may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import Http404

from accounts.models import User
from accounts.permissions import Action, may
from schedule.access import may_see_hours, relations_to_hours
from schedule.lessons.access import get_person


@dataclass(frozen=True, slots=True)
class HoursChoice:
    """One person's, or those of everybody who teaches."""

    sees_all: bool
    person: User | None = None


def get_hours_choice(user: User, query: Mapping[str, str]) -> HoursChoice:
    """Read `teacher` of an address; without it everybody's, or one's own for those who may see no others'.

    Raises:
        Http404: there is nobody of this name, or the person may not look at their hours.
    """
    if not may_see_hours(user):
        raise Http404
    sees_all = may(Action.SEE_ALL_HOURS, relations_to_hours(user))
    username = query.get("teacher", "")
    if username in ("", user.username):
        is_own = bool(username) or not sees_all
        return HoursChoice(sees_all, user if is_own else None)
    if not sees_all:
        raise Http404
    # Also somebody who has left, or teaches no longer.
    return HoursChoice(sees_all, get_person(username))
