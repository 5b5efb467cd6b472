"""Tokens that the provider signs: nothing in them is believed before the signature, and who it is for."""

from __future__ import annotations

import time
from typing import Any

import jwt
from django.conf import settings
from django.utils.crypto import constant_time_compare

from accounts.external.oidc import provider
from accounts.external.oidc.asking import NotTrusted
from edu_platform.lib.text import storable_text

# By the type of key that each needs. All have a public half: a shared secret would be one that anybody
# may know, as the public keys are the only ones that the provider shows.
KEY_TYPES = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    "EdDSA": "OKP",
}
LEEWAY_S = 60
TOKEN_CHARS_AT_MOST = 16 * 1024
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# Back-Channel Logout 1.0 asks for short ones; providers try again within this.
LOGOUT_TOKEN_LASTS_S = 600


def id_token_claims(token: object, *, nonce: str) -> dict[str, Any]:
    """Return what an ID token says of the person who was sent to the provider with this nonce.

    Raises:
        NotTrusted: it is not the provider's, not for us, not of this sign-in, or too old.
        ProviderUnavailable: its keys cannot be had.
    """
    claims = _verified(token, needed=["iss", "sub", "aud", "exp", "iat"])
    said = claims.get("nonce")
    if not nonce or not _is_text(said) or not constant_time_compare(str(said), nonce):
        raise NotTrusted("the ID token has another nonce")
    return claims


def logout_claims(token: object) -> dict[str, Any]:
    """Return what a logout token says (OpenID Connect Back-Channel Logout 1.0, section 2.6); its jti is yet unseen.

    Raises: as `id_token_claims`.
    """
    claims = _verified(token, needed=["iss", "aud", "iat", "jti", "events"])
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise NotTrusted("the token is of no sign-out")
    oldest_s = time.time() - LOGOUT_TOKEN_LASTS_S
    if "nonce" in claims:
        raise NotTrusted("the logout token has a nonce, as ID tokens have")
    if not isinstance(claims["iat"], int | float) or claims["iat"] < oldest_s:
        raise NotTrusted("the logout token is old")
    names = [claims.get("sub"), claims.get("sid")]
    if not any(names) or not all(each is None or _is_text(each) for each in names):
        raise NotTrusted("the logout token names nobody")
    return claims


def _is_text(value: object) -> bool:
    return isinstance(value, str) and storable_text(value) == value


def _verified(token: object, *, needed: list[str]) -> dict[str, Any]:
    if not isinstance(token, str) or not 0 < len(token) <= TOKEN_CHARS_AT_MOST:
        raise NotTrusted("there is no token")
    try:
        header = jwt.get_unverified_header(token)
        key = _key(header)
        claims: dict[str, Any] = jwt.decode(
            token,
            key=key.key,
            algorithms=[key.algorithm_name],
            audience=settings.OIDC_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY_S,
            options={"require": needed, "enforce_minimum_key_length": True},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as err:
        # Without its text, which may repeat the token.
        raise NotTrusted(f"the token is not valid: {type(err).__name__}") from err
    _require_for_us(claims)
    return claims


def _key(header: dict[str, Any]) -> jwt.PyJWK:
    """The one of the provider's keys by which a token with this header may be signed."""
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in KEY_TYPES:
        raise NotTrusted(f"the token is signed by {storable_text(repr(algorithm))[:40]}")
    for max_age_s in (provider.KEPT_S, provider.ASKED_AGAIN_AFTER_S):
        fitting = [
            each
            for each in provider.keys(max_age_s=max_age_s)
            if _fits(each, str(algorithm), key_id)
        ]
        if len(fitting) == 1 or (fitting and key_id is not None):
            return jwt.PyJWK(fitting[0], algorithm=str(algorithm))
    raise NotTrusted("none of the provider's keys is the token's")


def _fits(key: dict[str, Any], algorithm: str, key_id: object) -> bool:
    return (
        key.get("kty") == KEY_TYPES[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (key_id is None or key.get("kid") == key_id)
    )


def _require_for_us(claims: dict[str, Any]) -> None:
    """Refuse a token made for another client that names us beside it (Core 1.0, section 3.1.3.7)."""
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    party = claims.get("azp")
    if party != settings.OIDC_CLIENT_ID and (several or party is not None):
        raise NotTrusted("the token was made for another client")
