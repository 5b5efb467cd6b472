"""The sign-ins by CAS that a browser has begun, in a signed cookie of its own.

In the session they would make a row for every stranger who asks to be led to the school's server.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.sign_in.session_store import VISITOR_LASTS

COOKIE = SALT = "cas_begun"
# A browser has one a window; the oldest is forgotten.
AT_MOST = 5
# Browsers keep no cookie of more than 4096 bytes, its name and attributes among them.
CHARS_AT_MOST = 3500


def begun_by(request: HttpRequest) -> dict[str, str]:
    """Return where each sign-in leads that this browser has begun of late, by its state."""
    try:
        begun: dict[str, str] = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=VISITOR_LASTS
        )
    except signing.BadSignature:
        return {}
    return begun


def keep(response: HttpResponse, begun: Mapping[str, str]) -> None:
    """Keep these sign-ins in the browser and no others; the last one in any case, if need be without its address."""
    path = urljoin(reverse("cas_callback"), "..")
    if not begun:
        response.delete_cookie(COOKIE, path=path, samesite="Lax")
        return
    response.set_cookie(
        COOKIE,
        _packed(list(begun.items())[-AT_MOST:]),
        max_age=VISITOR_LASTS,
        path=path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        # The school's server leads back by a redirect from another site.
        samesite="Lax",
    )


def _packed(begun: list[tuple[str, str]]) -> str:
    value = signing.dumps(dict(begun), salt=SALT, compress=True)
    if len(value) <= CHARS_AT_MOST:
        return value
    return _packed(begun[1:] if len(begun) > 1 else [(begun[0][0], "")])
