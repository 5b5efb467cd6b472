"""The right to teach: an active person with the role has it. Whoever may teach may also assist."""

from __future__ import annotations

from enum import Enum, auto

from accounts.enums import Role
from accounts.models import User
from accounts.models.people import UserQuerySet


class CannotTeach(Enum):
    """Why somebody may not teach; pages say it in words of their own."""

    INACTIVE = auto()
    NO_ROLE = auto()


def cannot_teach(user: User) -> CannotTeach | None:
    """Return why somebody may not teach, or None for those who may; who has left is not asked for roles."""
    if not user.is_active:
        return CannotTeach.INACTIVE
    if not user.has_role(Role.TEACHER):
        return CannotTeach.NO_ROLE
    return None


def who_may_teach() -> UserQuerySet:
    """Return everybody for whom `cannot_teach` has no reason."""
    return User.objects.active().with_role(Role.TEACHER)
