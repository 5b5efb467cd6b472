"""Family links of children who leave, and of those who are erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.db.models import Exists, OuterRef
from django.utils.translation import ngettext

from accounts.erasing.names import ERASED_NAME
from accounts.models import User
from schedule.families.links import links_without_others
from schedule.models import FamilyAddress, FamilyChild, FamilyLink


def family_links_note(person: User, _at: dt.datetime) -> Iterator[str]:
    count = links_without_others([person.pk]).count()
    if count:
        words = ngettext(
            "%(count)s link by which their family follows them ends.",
            "%(count)s links by which their family follows them end.",
            count,
        )
        yield words % {"count": count}


def erase_family_links(person: User, _strings: Collection[str]) -> None:
    """Delete the links that show nobody else, and leave those of siblings without the person.

    By now the names of the person are struck out of labels and addresses: an address of which a part is gone leads
    nowhere, or to somebody else, and goes as well. What else such a link holds is the siblings' too, and stays.
    """
    own = FamilyChild.objects.filter(link=OuterRef("pk"), person=person)
    others = FamilyChild.objects.filter(link=OuterRef("pk")).exclude(person=person)
    links = FamilyLink.objects.filter(Exists(own))
    links.filter(~Exists(others)).delete()
    struck = FamilyAddress.objects.filter(link__in=links, email__contains=ERASED_NAME)
    struck.delete()
