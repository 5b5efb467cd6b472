"""Family links of children who leave, and of those who are erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from django.db.models import Exists, OuterRef
from django.utils.translation import ngettext

from accounts.enums import Role
from accounts.erasing.names import ERASED_NAME
from accounts.models import User
from schedule.families.links import links_without_others, open_link_counts
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


def former_student_links_notes(student_ids: Collection[int]) -> dict[int, str]:
    """Say of students whose families have links what becomes of these without the role; one query for a class."""
    return {
        student_id: ngettext(
            "Without the role %(role)s, %(count)s family link no longer shows this person; one that shows nobody else ends.",
            "Without the role %(role)s, %(count)s family links no longer show this person; those that show nobody else end.",
            count,
        )
        % {"count": count, "role": Role.STUDENT.label}
        for student_id, count in open_link_counts(student_ids).items()
    }


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
