"""Tickets: JWT (HS256) with the user, the expiry and, for one-room tickets, the room (`class_id`).

They live 7 days, are counted separately, and a new one does not void older ones. A ticket dies with its user.
Source: LCIC FAQ 97721, sample of LoginUserWithRoom. Only `class_id` and `exp` are the cloud's own claim names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets

from localcloud.cloud import Cloud

LIFETIME_S = 7 * 24 * 3600


def issue(cloud: Cloud, user_id: str, *, room_id: int | None = None) -> str:
    claims: dict[str, object] = {
        "user_id": user_id,
        "exp": cloud.now_s() + LIFETIME_S,
        "jti": secrets.token_hex(8),
    }
    if room_id is not None:
        claims["class_id"] = room_id
    text = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{text}.{_sign(cloud, text)}"


def admits(cloud: Cloud, token: str, *, user_id: str, room_id: int | None) -> bool:
    """Tell whether the ticket is genuine, unexpired, this user's, and good for this room."""
    text, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_sign(cloud, text).encode(), signature.encode("utf-8", "replace")):
        return False
    claims = json.loads(_decode(text.rpartition(".")[2]))  # we signed it, so it has its form
    known = cloud.db.execute(
        "SELECT 1 FROM users WHERE user_id = ?", (claims["user_id"],)
    ).fetchone()
    in_time = cloud.now_s() < claims["exp"]
    return (
        known is not None
        and in_time
        and bool(claims["user_id"] == user_id)
        and claims.get("class_id", room_id) == room_id
    )


def _part(content: dict[str, object]) -> str:
    return _encode(json.dumps(content, separators=(",", ":")).encode())


def _sign(cloud: Cloud, text: str) -> str:
    key = cloud.token_key().encode()
    return _encode(hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).digest())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
