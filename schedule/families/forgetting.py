"""Forget family links that have ended long ago, and end those that nobody has used."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext_lazy as _

from edu_platform.lib.batches import in_batches
from edu_platform.lib.keeping_times import KeptKind
from schedule.families.links import end_links
from schedule.models import FamilyAddress, FamilyChild, FamilyLink, FamilySlips

ENDED_KEPT_FOR = dt.timedelta(days=180)
UNUSED_WORK_FOR = dt.timedelta(days=365)
# A family says within some weeks that its link does not work, and a slip lies at home over the holidays.
SHORTEST = dt.timedelta(days=30)


def forget_ended_links(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete links that ended longer ago, then prints that have none left; return how many links that were."""
    old = FamilyLink.objects.filter(ended_at__lt=at - length).order_by("pk")
    forgotten = 0
    for keys in in_batches(list(old.values_list("pk", flat=True))):
        _count, by_model = FamilyLink.objects.filter(pk__in=keys).delete()
        forgotten += by_model.get("schedule.FamilyLink", 0)
    FamilySlips.objects.filter(made_at__lt=at - length, sealed_tokens="", links=None).delete()
    return forgotten


def end_unused_links(at: dt.datetime, length: dt.timedelta) -> int:
    """End links that were made longer ago and that nobody has used; return how many that were."""
    unused = FamilyLink.objects.open().never_used().filter(made_at__lt=at - length)
    return end_links(unused, by=None, at=at)


ENDED_LINKS = KeptKind(
    code="family_links",
    name=_("Family links that have ended"),
    purpose=_("The school sees who made and ended a link, and in how many browsers it was used."),
    default=ENDED_KEPT_FOR,
    shortest=SHORTEST,
    reason=_("A family that says that its link stopped working is told why."),
    forget=forget_ended_links,
    models=(FamilyLink, FamilyChild, FamilyAddress, FamilySlips),
)
UNUSED_LINKS = KeptKind(
    code="unused_family_links",
    name=_("Family links that nobody has used: until they end"),
    purpose=_("A family that gets a slip opens its link when it finds the time."),
    default=UNUSED_WORK_FOR,
    shortest=SHORTEST,
    reason=_(
        "A slip that was lost opens nothing for ever, and holidays pass before some are read."
    ),
    forget=end_unused_links,
)
