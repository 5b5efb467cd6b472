"""Cookies of share links.

The secret part of a new link is kept in one from the button to the page that shows it once.

Visitors of a link are known by a separate cookie, unrelated to sign-in and stored in no table.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.decorators import SignedInRequest
from edu_platform.lib.shown_once import ShownOnce
from replays.models import Replay, Share

NEW_LINK = ShownOnce(cookie="new_link", salt="replays.new_link")
VISITOR_COOKIE = "link_visitor"
VISITOR_SALT = "replays.link_visitor"
VISITOR_KEPT_S = 14 * 24 * 3600
UNLOCKED_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Visitor:
    """A visitor's browser: its mark, empty before it has one, and the links it has unlocked."""

    mark: str = ""
    unlocked: tuple[str, ...] = ()

    def may_use(self, share: Share) -> bool:
        """Tell whether the link needs no password, or was given the right one."""
        return not share.has_password or share.code in self.unlocked

    def digest_for(self, share: Share) -> str:
        """A digest that identifies the visitor of a link without revealing the mark; empty without a mark."""
        return hashlib.sha256(f"{self.mark} {share.code}".encode()).hexdigest() if self.mark else ""


@dataclass(frozen=True, slots=True)
class NewToken:
    """The secret part of a new link."""

    share: str  # its code
    token: str


def keep_token(response: HttpResponse, share: Share, token: str) -> None:
    """Set the cookie of a new link, for its maker and the next page."""
    secret = {"replay": share.replay_id, "share": share.code, "token": token}
    NEW_LINK.keep(response, secret, user_id=share.created_by_id, path=_page_of(share.replay))


def new_token(request: SignedInRequest, replay: Replay) -> NewToken | None:
    """The new link of this replay from the browser's cookie; see `forget_token`."""
    secret = NEW_LINK.read(request, user_id=request.user.pk)
    if secret is None or secret["replay"] != replay.pk:
        return None
    return NewToken(share=secret["share"], token=secret["token"])


def forget_token(response: HttpResponse, replay: Replay) -> None:
    """Delete the cookie of the new link: it was shown."""
    NEW_LINK.forget(response, path=_page_of(replay))


def _page_of(replay: Replay) -> str:
    return reverse("replays:detail", args=[replay.code])


def visitor_of(request: HttpRequest) -> Visitor:
    """The visitor by their cookie; a new one without it."""
    try:
        kept: dict[str, Any] = signing.loads(
            request.COOKIES.get(VISITOR_COOKIE, ""), salt=VISITOR_SALT, max_age=VISITOR_KEPT_S
        )
    except signing.BadSignature:
        return Visitor()
    return Visitor(mark=kept["mark"], unlocked=tuple(kept["unlocked"]))


def keep_visitor(response: HttpResponse, visitor: Visitor) -> None:
    """Set the visitor cookie for everything below the links' addresses."""
    kept = {"mark": visitor.mark or secrets.token_urlsafe(), "unlocked": visitor.unlocked}
    response.set_cookie(
        VISITOR_COOKIE,
        signing.dumps(kept, salt=VISITOR_SALT),
        max_age=VISITOR_KEPT_S,
        path=f"{reverse('replays:list')}shared/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        # Lax: links are opened from other sites, and visitors are to be recognised.
        samesite="Lax",
    )


def unlock(response: HttpResponse, visitor: Visitor, share: Share) -> None:
    """Remember that the right password was given for this link, under a new mark."""
    others = [code for code in visitor.unlocked if code != share.code]
    keep_visitor(response, Visitor(unlocked=(*others, share.code)[-UNLOCKED_AT_MOST:]))
