"""What a browser knows of links to replays.

The secret part of a new link passes through here once, from the press of the button to the page that
shows it: in a cookie for minutes, as only whoever made it may have it. It stands in no address, in no
message, and in no table.

Whoever opens a link is known by a cookie of the links' own, which has nothing to do with signing in, and
which no table knows.
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

from accounts.requests import SignedInRequest
from replays.models import Replay, Share

NEW_LINK_COOKIE = "new_link"
NEW_LINK_SALT = "replays.new_link"
NEW_LINK_KEPT_S = 120
VISITOR_COOKIE = "link_visitor"
VISITOR_SALT = "replays.link_visitor"
VISITOR_KEPT_S = 14 * 24 * 3600
UNLOCKED_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser that opens links: its mark, empty before it has one, and the links it has opened."""

    mark: str = ""
    unlocked: tuple[str, ...] = ()

    def may_use(self, share: Share) -> bool:
        """Whether the link asks for no password, or was given the right one."""
        return not share.has_password or share.code in self.unlocked

    def digest_for(self, share: Share) -> str:
        """What tells the visitors of a link apart, and tells nothing of them; empty without a mark."""
        return hashlib.sha256(f"{self.mark} {share.code}".encode()).hexdigest() if self.mark else ""


@dataclass(frozen=True, slots=True)
class NewToken:
    """The secret part of a link that was made a moment ago."""

    share: str  # its code
    token: str


def keep_token(response: HttpResponse, share: Share, token: str) -> None:
    """Have the browser keep a new link for the page that comes next, and for whoever made it."""
    kept = {
        "user": share.created_by_id,
        "replay": share.replay_id,
        "share": share.code,
        "token": token,
    }
    response.set_cookie(
        NEW_LINK_COOKIE,
        signing.dumps(kept, salt=NEW_LINK_SALT),
        max_age=NEW_LINK_KEPT_S,
        path=_page_of(share.replay),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def new_token(request: SignedInRequest, replay: Replay) -> NewToken | None:
    """The new link of this replay that the browser was given a moment ago; see `forget_token`."""
    try:
        kept = signing.loads(
            request.COOKIES.get(NEW_LINK_COOKIE, ""), salt=NEW_LINK_SALT, max_age=NEW_LINK_KEPT_S
        )
    except signing.BadSignature:
        return None
    if (kept["user"], kept["replay"]) != (request.user.pk, replay.pk):
        return None
    return NewToken(share=kept["share"], token=kept["token"])


def forget_token(response: HttpResponse, replay: Replay) -> None:
    """Take the new link out of the browser: it was shown."""
    response.delete_cookie(NEW_LINK_COOKIE, path=_page_of(replay), samesite="Strict")


def _page_of(replay: Replay) -> str:
    return reverse("replays:detail", args=[replay.code])


def visitor_of(request: HttpRequest) -> Visitor:
    """Who opens a link, by the cookie that their browser was given; a new one without it."""
    try:
        kept: dict[str, Any] = signing.loads(
            request.COOKIES.get(VISITOR_COOKIE, ""), salt=VISITOR_SALT, max_age=VISITOR_KEPT_S
        )
    except signing.BadSignature:
        return Visitor()
    return Visitor(mark=kept["mark"], unlocked=tuple(kept["unlocked"]))


def keep_visitor(response: HttpResponse, visitor: Visitor) -> None:
    """Have the browser keep who it is, for everything below its links."""
    kept = {"mark": visitor.mark or secrets.token_urlsafe(), "unlocked": visitor.unlocked}
    response.set_cookie(
        VISITOR_COOKIE,
        signing.dumps(kept, salt=VISITOR_SALT),
        max_age=VISITOR_KEPT_S,
        path=f"{reverse('replays:list')}shared/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        # Links are opened from other places, and their visitors are to be known again.
        samesite="Lax",
    )


def unlock(response: HttpResponse, visitor: Visitor, share: Share) -> None:
    """Have the browser keep that the right password was given for this link, under a new mark."""
    others = [code for code in visitor.unlocked if code != share.code]
    keep_visitor(response, Visitor(unlocked=(*others, share.code)[-UNLOCKED_AT_MOST:]))
