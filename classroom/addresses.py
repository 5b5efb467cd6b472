"""Our own addresses, as the cloud is told them."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings

# To no others does the cloud send callbacks, says the international page of ModifyApp (1168/52801, as of
# 2025-10-30); the Chinese one (1639/81546) does not limit them.
CALLBACK_PORTS = frozenset({None, 80, 443})


def callback_address() -> str:
    return f"{settings.PUBLIC_BASE_URL}/callbacks/classroom/"


def is_beyond_the_clouds_reach() -> bool:
    """Tell whether PUBLIC_BASE_URL is this machine's or a private network's, and the cloud is not in there too."""
    return is_inside(settings.PUBLIC_BASE_URL) and not is_inside(settings.LCIC_ENDPOINT)


def has_unusual_port() -> bool:
    """Tell whether a cloud outside may send nothing to the port of PUBLIC_BASE_URL."""
    port = urlsplit(settings.PUBLIC_BASE_URL).port
    return port not in CALLBACK_PORTS and not is_inside(settings.LCIC_ENDPOINT)


def is_inside(url: str) -> bool:
    """Tell whether an address is this machine's or a private network's, as far as it shows."""
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
