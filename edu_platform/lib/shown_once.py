"""Secrets on their way from the button that makes them to the page that shows them once.

Such a secret is kept in a cookie for minutes, as only its maker may have it: it is in no address, message or table, and
reloading the page makes no second one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

KEPT_S = 120


@dataclass(frozen=True, slots=True)
class ShownOnce:
    """A kind of secrets, by the name of their cookie and the salt that signs it."""

    cookie: str
    salt: str

    def keep(
        self, response: HttpResponse, secret: dict[str, Any], *, user_id: int, path: str
    ) -> None:
        """Set the cookie for its maker and the page of this path."""
        response.set_cookie(
            self.cookie,
            signing.dumps({"user": user_id, **secret}, salt=self.salt),
            max_age=KEPT_S,
            path=path,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )

    def read(self, request: HttpRequest, *, user_id: int) -> dict[str, Any] | None:
        """Return what the browser's cookie holds for this person; who shows it calls `forget`."""
        try:
            secret: dict[str, Any] = signing.loads(
                request.COOKIES.get(self.cookie, ""), salt=self.salt, max_age=KEPT_S
            )
        except signing.BadSignature:
            return None
        return secret if secret["user"] == user_id else None

    def forget(self, response: HttpResponse, *, path: str) -> None:
        """Delete the cookie: this response shows its secret, and is kept nowhere and tells no site where it was."""
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response.delete_cookie(self.cookie, path=path, samesite="Strict")
