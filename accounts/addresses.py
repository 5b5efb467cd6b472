from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address that asked, seen through TRUSTED_PROXIES proxies of our own.

    Each trusted proxy appends the address it saw to X-Forwarded-For; what stands further left was
    written by the asker and is worth nothing.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    trusted: int = settings.TRUSTED_PROXIES
    if not trusted:
        return direct
    header = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    hops = [hop.strip() for hop in header.split(",") if hop.strip()]
    return hops[-trusted] if len(hops) >= trusted else direct
