from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

LOCAL = "127.0.0.1"


def client_address(request: HttpRequest) -> str:
    """The address that asked, seen through TRUSTED_PROXIES proxies of our own.

    Each trusted proxy appends the address it saw to X-Forwarded-For; what stands further left was
    written by the asker and is worth nothing.
    """
    header = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))
    hops = [hop.strip() for hop in header.split(",") if hop.strip()]
    trusted: int = settings.TRUSTED_PROXIES
    if 0 < trusted <= len(hops) and _is_address(hops[-trusted]):
        return hops[-trusted]
    direct = str(request.META.get("REMOTE_ADDR", ""))
    # A server behind a socket file sees no address.
    return direct if _is_address(direct) else LOCAL


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text  # an interface's name is no part of an address
