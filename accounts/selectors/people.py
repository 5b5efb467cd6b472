from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Min, Value
from django.utils.translation import gettext

from accounts.enums import IdentityState
from accounts.models import ClassroomIdentity, ClassroomIdentityQuerySet, Notice, User
from edu_platform.lib.statements import Statement

NAMES_SHOWN = 5


def superuser_names() -> str:
    """Who may give every role; the first few are enough to ask one of them. Without any, who makes one."""
    superusers = User.objects.active().filter(is_superuser=True).order_by("pk")
    return "、".join(superusers.values_list("display_name", flat=True)[:NAMES_SHOWN]) or gettext(
        "there is none yet; the operator of the server can make one"
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait for something, and since when the first of them does, as far as that is known."""

    count: int
    since: dt.datetime | None


def refused_people() -> ClassroomIdentityQuerySet:
    """Those with an open account whom the cloud refuses: until that is settled they enter no class."""
    return ClassroomIdentity.objects.filter(state=IdentityState.FAILED, user__is_active=True)


def refused_count() -> Waiting:
    return Waiting(*(_REFUSED.first() or (0, None)))


_REFUSED = Statement(
    lambda: (
        refused_people()
        .order_by()
        .values(all=Value(1))
        .annotate(count=Count("pk"), since=Min("refused_since"))
        .values_list("count", "since")
    )
)


def unmailed_notices() -> Waiting:
    """Notices that are still to go by mail, and that the mail server did not take yet."""
    return Waiting(*(_UNMAILED.first() or (0, None)))


_UNMAILED = Statement(
    lambda: (
        Notice.objects.filter(due_at__isnull=False, unreachable_since__isnull=False)
        .order_by()
        .values(all=Value(1))
        .annotate(count=Count("pk"), since=Min("unreachable_since"))
        .values_list("count", "since")
    )
)
