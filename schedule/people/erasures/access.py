"""The only door from a request to the erasing of a person: for administrators."""

from __future__ import annotations

from django.http import Http404

from accounts.models import Erasure, ErasurePlace, User
from accounts.permissions import Action, may
from accounts.services.appointing import may_look_after
from edu_platform.lib.text import storable_text
from schedule.access import general_relations, require
from schedule.people.access import get_person


def may_erase(user: User) -> bool:
    return may(Action.ERASE_PEOPLE, general_relations(user))


def require_erasing(user: User) -> None:
    """Let administrators pass.

    Raises:
        Http404: the person is none.
    """
    require(user, Action.ERASE_PEOPLE)


def get_person_to_erase(user: User, code: str) -> User:
    """Return the person of this code, where it is theirs to have them erased.

    Raises:
        Http404: there is nobody, or the person has power that is not theirs to hand out.
    """
    require_erasing(user)
    person = get_person(user, code)
    if not may_look_after(user, person) and person.pk != user.pk:
        raise Http404
    return person


def get_erasure(user: User, key: str) -> Erasure:
    """Return the erasure of this key.

    Raises:
        Http404: there is none, or not for this person.
    """
    require_erasing(user)
    rows = Erasure.objects.select_related("person", "asked_by", "confirmed_by")
    erasure = rows.filter(person__code=storable_text(key)).first()
    if erasure is None:
        raise Http404
    return erasure


def get_places(erasure: Erasure, keys: list[str]) -> list[ErasurePlace]:
    """Return those of the places of an erasure that have these keys, in their order."""
    numbers = [int(key) for key in keys if key.isascii() and key.isdigit() and len(key) < 19]
    return list(erasure.places.filter(pk__in=numbers).select_related("erasure").order_by("pk"))
