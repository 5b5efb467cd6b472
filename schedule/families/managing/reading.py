"""Read the family links of a child, and how many links students have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.utils.translation import gettext as _

from accounts.models import User
from edu_platform.lib.batches import in_batches
from edu_platform.lib.formatting import listed
from schedule.families.managing.access import children_still_there, keys_managed, manages_all
from schedule.models import FamilyAddress, FamilyChild, FamilyLink

# A child has fewer open ones, so that those are listed too which ended lately.
LINKS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link of a child, as those who look after it see it."""

    link: FamilyLink
    # Beside the child whose page it is, without those who have left.
    others: Sequence[User]
    # The mail address of the family: its text for staff alone.
    has_address: bool
    email: str
    is_confirmed: bool
    may_end: bool

    @property
    def others_in_words(self) -> str:
        return listed(person.display_name for person in self.others)


def links_of(child: User, *, viewer: User) -> list[LinkRow]:
    """Return the links of a child: all open ones, the newest first, and those that ended last.

    Three queries for any number, and one of whom a class teacher looks after.
    """
    links = list(
        FamilyLink.objects.filter(children__person=child)
        .select_related("made_by", "ended_by", "address")
        .prefetch_related("children__person")
        # Open links come first: one that is not listed could not be ended.
        .order_by(F("ended_at").desc(nulls_first=True), "-made_at", "-pk")[:LINKS_SHOWN]
    )
    siblings = {person for link in links for person in children_still_there(link)}
    managed, sees_address = keys_managed(viewer, siblings), manages_all(viewer)
    return [_row(link, child, managed, sees_address=sees_address) for link in links]


def _row(link: FamilyLink, child: User, managed: Collection[int], *, sees_address: bool) -> LinkRow:
    children = children_still_there(link)
    address = address_left_for(link)
    return LinkRow(
        link=link,
        others=[person for person in children if person.pk != child.pk],
        has_address=address is not None,
        email=address.email if address is not None and sees_address else "",
        is_confirmed=address is not None and address.is_confirmed,
        may_end=link.is_open and all(person.pk in managed for person in children),
    )


def address_left_for(link: FamilyLink) -> FamilyAddress | None:
    """Return the mail address of a link; None also where the family has given it up and only its asks are counted."""
    address: FamilyAddress | None = getattr(link, "address", None)
    return address if address is not None and address.email else None


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """The number of open links of a child, and of those among them that were used."""

    open: int = 0
    used: int = 0

    @property
    def words(self) -> str:
        if not self.open:
            return "0"
        return _("%(open)s, used %(used)s") % {"open": self.open, "used": self.used}


def link_counts(child_ids: Collection[int]) -> dict[int, LinkCounts]:
    """Return the counts of these children, by key; one query for a class. Those without an open link are left out."""
    rows = FamilyChild.objects.filter(link__ended_at=None).order_by()
    used = Count("pk", filter=Q(link__first_used_at__isnull=False))
    counts: dict[int, LinkCounts] = {}
    for keys in in_batches(child_ids):
        counted = (
            rows.filter(person__in=keys).values("person").annotate(open=Count("pk"), used=used)
        )
        counts |= {row["person"]: LinkCounts(row["open"], row["used"]) for row in counted}
    return counts
