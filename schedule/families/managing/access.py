"""Find the children whose family links somebody looks after: the only door from a request to a child and to a link."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.text import storable_text
from schedule.access import general_relations
from schedule.class_groups.access import class_groups_taught_by
from schedule.models import ClassGroup, FamilyLink, Membership


def manages_all(user: User) -> bool:
    return may(Action.MANAGE_FAMILY_LINKS, general_relations(user))


def class_groups_managed(user: User) -> QuerySet[ClassGroup]:
    """Return the class groups whose students are somebody's to make links for."""
    if manages_all(user):
        return ClassGroup.objects.active()
    if may(Action.MANAGE_FAMILY_LINKS, {Relation.CLASS_TEACHER}):
        return class_groups_taught_by(user)
    return ClassGroup.objects.none()


def keys_managed(user: User, people: Iterable[User]) -> set[int]:
    """Return the keys of those whose links are somebody's to look after; one query at most."""
    keys = {person.pk for person in people}
    if manages_all(user) or not keys:
        return keys
    members = Membership.objects.of_students().on(day=timezone.localdate())
    members = members.filter(user__in=keys, class_group__in=class_groups_managed(user))
    return set(members.values_list("user", flat=True))


def get_child(user: User, code: str) -> User:
    """Return the student of this code, for staff, and for their class teacher of today.

    Raises:
        Http404: there is none, or not for this person.
    """
    people = User.objects.get_queryset().prefetch_related("role_grants")
    child = people.filter(code=storable_text(code), erasing_since=None).first()
    if child is None or not child.has_role(Role.STUDENT) or not keys_managed(user, [child]):
        raise Http404
    return child


def get_link(user: User, code: str, link_code: str) -> tuple[User, FamilyLink]:
    """Return a child and a link that shows them, for who looks after all children of it.

    Raises:
        Http404: there is none, or not for this person.
    """
    child = get_child(user, code)
    links = FamilyLink.objects.filter(children__person=child).prefetch_related("children__person")
    link = links.filter(code=storable_text(link_code)).first()
    if link is None:
        raise Http404
    children = children_still_there(link)
    if keys_managed(user, children) != {person.pk for person in children}:
        raise Http404
    return child, link


def children_still_there(link: FamilyLink) -> list[User]:
    """Return the children of a link, read before, without those who have left."""
    return [row.person for row in link.children.all() if row.person.is_active]


def get_class_group(user: User, code: str) -> ClassGroup:
    """Return the class group of this code that is in use, for staff and its class teacher of today.

    Raises:
        Http404: there is none, or not for this person.
    """
    class_group = class_groups_managed(user).filter(code=storable_text(code)).first()
    if class_group is None:
        raise Http404
    return class_group
