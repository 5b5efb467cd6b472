"""The right to teach: an active person with the role has it. Whoever may teach may also assist."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from django.utils.translation import gettext, gettext_lazy
from django_stubs_ext import StrPromise

from accounts.enums import Role
from accounts.models import User
from accounts.models.people import UserQuerySet


class CannotTeach(Enum):
    """The reasons for which somebody may not teach."""

    INACTIVE = auto()
    NO_ROLE = auto()

    def words(self, name: str) -> str:
        """Say it of somebody, as a sentence of a page."""
        return str(SENTENCES[self]) % {"name": name}

    def words_in_files(self, username: str) -> str:
        """Say it of a username, as files name what is wrong with a cell."""
        return str(IN_FILES[self]) % {"name": username}


SENTENCES: Mapping[CannotTeach, StrPromise] = {
    CannotTeach.INACTIVE: gettext_lazy("%(name)s has no active account."),
    CannotTeach.NO_ROLE: gettext_lazy("%(name)s does not have the role teacher."),
}
IN_FILES: Mapping[CannotTeach, StrPromise] = {
    CannotTeach.INACTIVE: gettext_lazy("%(name)s is not active any more"),
    CannotTeach.NO_ROLE: gettext_lazy("%(name)s does not have the role teacher"),
}


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


def assists_oneself_in_words() -> str:
    return gettext("The teacher is not their own assistant.")
