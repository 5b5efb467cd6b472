from __future__ import annotations

from django.utils.translation import gettext

from accounts.enums import IdentityState
from accounts.models import ClassroomIdentity, ClassroomIdentityQuerySet, Notice, User
from edu_platform.lib.backlog import backlog

NAMES_SHOWN = 5


def superuser_names() -> str:
    """Name those who may give every role; a few are enough to ask one. Without any, say who makes one."""
    superusers = User.objects.active().filter(is_superuser=True).order_by("name_key", "username")
    return "、".join(superusers.values_list("display_name", flat=True)[:NAMES_SHOWN]) or gettext(
        "there is none yet; the operator of the server can make one"
    )


def refused_people() -> ClassroomIdentityQuerySet:
    """Those with an open account whom the cloud refuses: until that is settled they enter no class."""
    return ClassroomIdentity.objects.filter(state=IdentityState.FAILED, user__is_active=True)


refused_count = backlog(refused_people, since="refused_since")


unmailed_count = backlog(Notice.objects.unmailed, since="unreachable_since")
