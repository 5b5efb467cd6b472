from __future__ import annotations

from django.db.models import Count, Value
from django.utils.translation import gettext

from accounts.enums import IdentityState
from accounts.models import ClassroomIdentity, User
from edu_platform.lib.statements import Statement

NAMES_SHOWN = 5


def superuser_names() -> str:
    """Who may give every role; the first few are enough to ask one of them. Without any, who makes one."""
    superusers = User.objects.active().filter(is_superuser=True).order_by("pk")
    return "、".join(superusers.values_list("display_name", flat=True)[:NAMES_SHOWN]) or gettext(
        "there is none yet; the operator of the server can make one"
    )


def refused_count() -> int:
    """How many people with an open account the cloud refuses: until that is settled they enter no class."""
    return _REFUSED.first() or 0


_REFUSED = Statement(
    lambda: (
        ClassroomIdentity.objects.filter(state=IdentityState.FAILED, user__is_active=True)
        .values(all=Value(1))
        .annotate(count=Count("pk"))
        .values_list("count", flat=True)
    )
)
