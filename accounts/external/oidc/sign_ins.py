"""Traces of a sign-in through the provider in the session, and its end at both ends."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from accounts.enums import SignInMethod
from accounts.external.oidc import provider
from accounts.external.oidc.asking import NotTrusted
from accounts.external.oidc.tokens import LOGOUT_TOKEN_LASTS_S, logout_claims
from accounts.services import sign_ins, used_tickets
from accounts.sign_in.session_store import EXTERNAL_ID

ID_TOKEN = "oidc_id_token"  # noqa: S105 -- the name of a value in the session
SESSION_NAME_CHARS = 200
# It comes back in an address, and those have bounds.
ID_TOKEN_CHARS_AT_MOST = 4096


def to_keep(*, id_token: str, claims: dict[str, Any]) -> dict[str, str]:
    """Return what stays in the session: the ID token, unless it is too long, and the provider's name of its session."""
    kept = {ID_TOKEN: id_token if len(id_token) <= ID_TOKEN_CHARS_AT_MOST else ""}
    session_name = claims.get("sid")
    if isinstance(session_name, str) and session_name:
        kept[EXTERNAL_ID] = external_id(session_name)
    return kept


def external_id(session_name: str) -> str:
    """Return our name of a session of the provider: the same as there, in a length that can be kept."""
    if len(session_name) > SESSION_NAME_CHARS or not session_name.isprintable():
        session_name = hashlib.sha256(session_name.encode("utf-8", "replace")).hexdigest()
    return f"{SignInMethod.OIDC.value}:{session_name}"


def end_as_told(logout_token: object, *, at: dt.datetime) -> None:
    """End the sign-ins that the provider names, at the first use of its token.

    Raises:
        NotTrusted: the token is not the provider's, too old, or was used already.
        ProviderUnavailable: its keys cannot be had.
    """
    claims = logout_claims(logout_token)
    is_first_use = used_tickets.use(
        issuer=settings.OIDC_ISSUER,
        ticket_id=external_id(claims["jti"]),
        # Refused as too old from then on, whichever of the two clocks is ahead.
        expires_at=at + 2 * dt.timedelta(seconds=LOGOUT_TOKEN_LASTS_S),
    )
    if not is_first_use:
        raise NotTrusted("the logout token was used already")
    if claims.get("sid"):
        sign_ins.end_by_external_id(external_id(claims["sid"]))
    else:
        sign_ins.end_by_external_account(SignInMethod.OIDC, settings.OIDC_ISSUER, claims["sub"])


def sign_out_address(request: HttpRequest) -> str:
    """Return where the provider ends its own sign-in (RP-Initiated Logout 1.0); empty when there is nothing to end.

    Raises:
        SignInFailed: the provider does not say where.
    """
    address = provider.addresses().sign_out
    if not address:
        return ""
    query = {
        "client_id": settings.OIDC_CLIENT_ID,
        "post_logout_redirect_uri": settings.PUBLIC_BASE_URL + reverse("account_login"),
    }
    if request.session.get(ID_TOKEN):
        query["id_token_hint"] = request.session[ID_TOKEN]
    return with_query(address, query)


def with_query(address: str, query: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
