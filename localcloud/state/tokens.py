"""Tokens: JWT (HS256) with the user, the expiry and, for one-room tokens, the room (`class_id`).

Those for a class are valid for 7 days or until their user is deleted; a new one does not void older ones.
Those for a signalling replay (`aim`) are valid for as long as the call says, and do not open a class. Source:
LCIC FAQ 97721, samples of LoginUserWithRoom and GetPlaybackToken. Only `class_id` and `exp` are the cloud's
own claim names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any

from localcloud.cloud import Cloud

LIFETIME_S = 7 * 24 * 3600
PLAYBACK = "playback"


def issue(cloud: Cloud, user_id: str, *, room_id: int | None = None) -> str:
    claims: dict[str, object] = {"user_id": user_id, "exp": cloud.now_s() + LIFETIME_S}
    if room_id is not None:
        claims["class_id"] = room_id
    return _token(cloud, claims)


def opens_class(cloud: Cloud, token: str, *, user_id: str, room_id: int | None) -> bool:
    """Return whether the token is genuine, unexpired, this user's, and valid for this room's class."""
    claims = _claims(cloud, token)
    if claims is None or "aim" in claims:
        return False
    known = cloud.db.execute(
        "SELECT 1 FROM users WHERE user_id = ?", (claims["user_id"],)
    ).fetchone()
    is_own = bool(claims["user_id"] == user_id)
    return known is not None and is_own and claims.get("class_id", room_id) == room_id


def issue_for_playback(cloud: Cloud, room_id: int, *, user_id: str, lifetime_s: int) -> str:
    claims: dict[str, object] = {"class_id": room_id, "exp": cloud.now_s() + lifetime_s}
    if user_id:
        claims["user_id"] = user_id
    return _token(cloud, {**claims, "aim": PLAYBACK})


def opens_playback(cloud: Cloud, token: str, *, room_id: int) -> bool:
    """Return whether the token is genuine, unexpired, and for the replay of this room."""
    claims = _claims(cloud, token) or {}
    return claims.get("aim") == PLAYBACK and claims["class_id"] == room_id


def playback_viewer(cloud: Cloud, token: str) -> str:
    """Return whom a token that opens a replay names; empty: nobody."""
    return str((_claims(cloud, token) or {}).get("user_id", ""))


def _token(cloud: Cloud, claims: dict[str, object]) -> str:
    head, body = {"alg": "HS256", "typ": "JWT"}, {**claims, "jti": secrets.token_hex(8)}
    text = f"{_part(head)}.{_part(body)}"
    return f"{text}.{_sign(cloud, text)}"


def _claims(cloud: Cloud, token: str) -> dict[str, Any] | None:
    """Return the claims of a genuine and unexpired token."""
    text, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_sign(cloud, text).encode(), signature.encode("utf-8", "replace")):
        return None
    # It is signed by this cloud, so it is well formed.
    claims: dict[str, Any] = json.loads(_decode(text.rpartition(".")[2]))
    return claims if cloud.now_s() < claims["exp"] else None


def _part(content: Mapping[str, object]) -> str:
    return _encode(json.dumps(content, separators=(",", ":")).encode())


def _sign(cloud: Cloud, text: str) -> str:
    key = cloud.token_key().encode()
    return _encode(hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).digest())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
