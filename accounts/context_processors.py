from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Notice, SchoolSettings, User


def school(request: HttpRequest) -> dict[str, object]:
    """The school's own row, read only by pages that show it, and what the site can do."""
    return {
        "school": SimpleLazyObject(SchoolSettings.load),
        "sends_mail": settings.SENDS_MAIL,
        "cas_is_open": bool(settings.CAS_SERVER_URL),
        "oidc_is_open": bool(settings.OIDC_ISSUER),
        "handover_is_open": bool(settings.HANDOVER_KEYS),
    }


def notices(request: HttpRequest) -> dict[str, object]:
    """Count the notices that wait for the person; pages that show the number count it, once each."""

    def count() -> int:
        user = getattr(request, "user", None)
        return Notice.objects.count_unread_of(user) if isinstance(user, User) else 0

    return {"unread_notices": SimpleLazyObject(count)}
