"""The people of the school, for those who look after them: the only door from a request to one."""

from __future__ import annotations

from django.http import Http404

from accounts.models import User
from accounts.permissions import Action, may
from accounts.services.appointing import may_look_after
from edu_platform.lib.text import storable_text
from schedule.access import general_relations, require


def may_manage_people(user: User) -> bool:
    return may(Action.MANAGE_PEOPLE, general_relations(user))


def require_people(user: User) -> None:
    """Let those pass who look after people.

    Raises:
        Http404: the person does not.
    """
    require(user, Action.MANAGE_PEOPLE)


def get_person(user: User, code: str) -> User:
    """The person of this code, with their roles, for who looks after people.

    They also say in which class groups anybody is, on this page as on that of a class group: that is no power.

    Raises:
        Http404: there is nobody, or not for this person.
    """
    require_people(user)
    people = User.objects.get_queryset().prefetch_related("role_grants")
    person = people.filter(code=storable_text(code)).first()
    if person is None:
        raise Http404
    return person


def get_person_to_change(user: User, code: str) -> User:
    """The same, where it is theirs to change the person.

    Raises:
        Http404: there is nobody, or the person has power that is not theirs to hand out, or is erased.
    """
    person = get_person(user, code)
    if not may_look_after(user, person) or person.erasing_since is not None:
        raise Http404
    return person
