from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import SchoolSettings


def school(request: HttpRequest) -> dict[str, object]:
    """The school's own row, read only by pages that show it, and what the site can do."""
    return {"school": SimpleLazyObject(SchoolSettings.load), "sends_mail": settings.SENDS_MAIL}
