"""People who are erased, in tests that do not ask on pages."""

from __future__ import annotations

from accounts.erasing import asking, work
from accounts.models import Erasure, User
from tests.factories.accounts import UserFactory

ERASED = "已注销"


def asked(person: User, *, by: User | None = None) -> Erasure:
    """Ask for the erasing of somebody, by an administrator or the command."""
    return asking.ask(person, by=by, reason="leaves the school")


def under_way(person: User, *, strikes_text: bool = True) -> Erasure:
    """Let two people decide that somebody is erased; nothing of it is done."""
    return asking.confirm(asked(person), by=None, strikes_text=strikes_text)


def erased(person: User, *, strikes_text: bool = True) -> Erasure:
    """Erase somebody whom no cloud knows, all of it."""
    erasure = under_way(person, strikes_text=strikes_text)
    assert work.erase_now(erasure) == []
    return Erasure.objects.get(pk=erasure.pk)


def somebody(name: str = "欧阳明月", **fields: object) -> User:
    return UserFactory.create(display_name=name, **fields)
