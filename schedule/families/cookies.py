"""The cookie of a browser in which a family has opened its link: one a link, and nothing of the site's own.

It holds a digest of the secret part of the link, so that it opens this link alone, and ends with it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from edu_platform.lib.secret_tokens import digest_of
from schedule.models import FamilyLink

PREFIX = "family_"
SALT = "schedule.family_link"
# Afterwards the button has to be pressed again, so that a phone that was given away does not follow a child for ever.
KEPT_FOR = dt.timedelta(days=180)


@dataclass(frozen=True, slots=True)
class OpenedBrowser:
    """A browser in which the button of a link was pressed, and the language that was chosen there; mostly none."""

    language: str


def opened_browser(request: HttpRequest, token: str) -> OpenedBrowser | None:
    """Return what this browser's cookie of the link says; None: it has none, or one of another link. No query.

    A request asks several times, and the signature is checked once.
    """
    by_token: dict[str, OpenedBrowser | None] = vars(request).setdefault("opened_browsers", {})
    if token not in by_token:
        by_token[token] = _read_cookie(request, token)
    return by_token[token]


def _read_cookie(request: HttpRequest, token: str) -> OpenedBrowser | None:
    digest = digest_of(token)
    for name, value in request.COOKIES.items():
        if not name.startswith(PREFIX):
            continue
        try:
            signed_digest, language = signing.loads(value, salt=SALT, max_age=KEPT_FOR)
        except signing.BadSignature:
            continue
        if signed_digest == digest:
            return OpenedBrowser(language)
    return None


def keep_opened(response: HttpResponse, link: FamilyLink, *, language: str = "") -> None:
    """Set the cookie of this link, for the addresses of families alone."""
    response.set_cookie(
        f"{PREFIX}{link.code}",
        signing.dumps([link.token_digest, language], salt=SALT),
        max_age=KEPT_FOR,
        path=reverse("families:all"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        # Messengers and scanners open the link from outside, where a browser would not send a strict cookie.
        samesite="Lax",
    )
