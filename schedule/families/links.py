"""Family links: made for one child or several, and ended with all that hangs on them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.urls import reverse

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from accounts.services import audit
from accounts.services.people import lock_people
from edu_platform.lib.batches import in_batches
from edu_platform.lib.secret_tokens import digest_of, make_secret_token
from schedule.models import (
    CalendarFeed,
    FamilyAddress,
    FamilyChild,
    FamilyLink,
    FamilyLinkQuerySet,
)

# A link is for one family, and a child has few families: who makes more has lost some, and ends these first.
CHILDREN_A_LINK = 8
LINKS_A_CHILD = 10


class TooManyLinks(Exception):
    """A child has so many open links that some have to be ended first."""

    def __init__(self, child: User) -> None:
        super().__init__(str(child))
        self.child = child


class NotToBeShown(Exception):
    """A child left, or is a student no more, since somebody chose them; `child` is who they are now."""

    def __init__(self, child: User) -> None:
        super().__init__(str(child))
        self.child = child


def family_address(token: str) -> str:
    """Return the whole address of a family page, as it is printed and sent."""
    return settings.PUBLIC_BASE_URL + reverse("families:page", args=[token])


@transaction.atomic
def make_link(
    children: Sequence[User],
    *,
    label: str,
    by: User,
    at: dt.datetime,
) -> tuple[FamilyLink, str]:
    """Make a link that shows these children; its token is not stored and cannot be shown again.

    Raises:
        TooManyLinks, NotToBeShown: see there.
    """
    keys = [child.pk for child in children]
    # Two who make a link for one child at a moment go one after the other, and nobody leaves meanwhile.
    lock_people(keys)
    _require_students(keys)
    full = children_with_all_links(keys)
    if crowded := [child for child in children if child.pk in full]:
        raise TooManyLinks(crowded[0])
    token = make_secret_token()
    link = FamilyLink.objects.create(
        label=label, token_digest=digest_of(token), made_by=by, made_at=at
    )
    FamilyChild.objects.bulk_create(FamilyChild(link=link, person=child) for child in children)
    for child in children:
        audit.record_row(AuditKind.FAMILY_LINK_MADE, link, by=by, person=child)
    return link, token


def _require_students(child_ids: Collection[int]) -> None:
    """Look again, under the lock, whether these are students whose accounts are open."""
    people = User.objects.get_queryset().filter(pk__in=child_ids).order_by("pk")
    for person in people.prefetch_related("role_grants"):
        if not person.is_active or not person.has_role(Role.STUDENT):
            raise NotToBeShown(person)


def children_with_all_links(child_ids: Collection[int]) -> set[int]:
    """Return those of these children who have as many open links as a child may have."""
    counts = open_link_counts(child_ids)
    return {child_id for child_id, count in counts.items() if count >= LINKS_A_CHILD}


def open_link_counts(child_ids: Collection[int]) -> dict[int, int]:
    """Return how many open links show these children, by key; one query for a class. Those without one are left out."""
    rows = FamilyChild.objects.filter(link__ended_at=None).order_by().values("person")
    counts: dict[int, int] = {}
    for keys in in_batches(child_ids):
        counted = rows.filter(person__in=keys).annotate(links=Count("pk"))
        counts |= dict(counted.values_list("person", "links"))
    return counts


def end_link(link: FamilyLink, *, by: User | None, at: dt.datetime) -> bool:
    """End a link with its mail address and calendars, and return whether it was open still."""
    return end_links(FamilyLink.objects.filter(pk=link.pk), by=by, at=at) > 0


@transaction.atomic
def end_links(links: FamilyLinkQuerySet, *, by: User | None, at: dt.datetime) -> int:
    """End those of these links that are open, with their mail addresses and calendars; return how many that were."""
    ended = 0
    for keys in in_batches(list(links.open().values_list("pk", flat=True))):
        rows = FamilyLink.objects.open().filter(pk__in=keys).order_by("pk")
        locked = list(rows.select_for_update(no_key=True).prefetch_related("children__person"))
        still_open = [link.pk for link in locked]
        FamilyLink.objects.filter(pk__in=still_open).update(ended_at=at, ended_by=by)
        _delete_addresses(still_open)
        CalendarFeed.objects.filter(family_child__link__in=still_open).delete()
        entries: list[AuditEntry] = []
        for link in locked:
            for row in link.children.all():
                audit.record_row(
                    AuditKind.FAMILY_LINK_ENDED, link, by=by, person=row.person, into=entries
                )
        audit.write(entries)
        ended += len(locked)
    return ended


def _delete_addresses(link_ids: Collection[int]) -> None:
    """Delete the mail addresses of links, locked in the order in which what tells families of changes locks them."""
    addresses = FamilyAddress.objects.filter(link__in=link_ids).order_by("pk")
    keys = list(addresses.select_for_update(of=("self",)).values_list("pk", flat=True))
    if keys:
        FamilyAddress.objects.filter(pk__in=keys).delete()


def end_links_of_children(child_ids: Collection[int], at: dt.datetime) -> None:
    """End the links of children who leave, where they show no other child who is still there; safe to repeat."""
    for keys in in_batches(child_ids):
        end_links(links_without_others(keys), by=None, at=at)


def leave_links_of_former_students(person_ids: Collection[int], at: dt.datetime) -> None:
    """End the links of people who are students no more, and take them out of those of siblings; safe to repeat.

    What they do at the school from now on, such as teaching, is not their family's to follow.
    """
    for keys in in_batches(person_ids):
        end_links(links_without_others(keys), by=None, at=at)
        # The calendars of these children go with the rows.
        FamilyChild.objects.filter(person__in=keys, link__ended_at=None).delete()


def links_without_others(child_ids: Collection[int]) -> FamilyLinkQuerySet:
    """Return the open links of these children that show no other child whose account is open."""
    shown = FamilyChild.objects.filter(link=OuterRef("pk"))
    others = shown.filter(person__is_active=True).exclude(person__in=child_ids)
    return FamilyLink.objects.open().filter(
        Exists(shown.filter(person__in=child_ids)), ~Exists(others)
    )
