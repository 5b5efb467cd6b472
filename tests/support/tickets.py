"""Hand-over tickets as a school's site makes them, by another implementation of tokens than ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from functools import cache
from typing import Any

from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

ADDRESS = "/accounts/handover/"
SITE = "https://class.school.example"
ISSUER = "https://www.school.example"
SECRET = "a secret of the school and of nobody else"
SHARED, SIGNED = "shared-2026", "signed-2026"
ABSENT = object()


@cache
def key_pair() -> JWK:
    made: JWK = JWK.generate(kty="RSA", size=2048)
    return made


@cache
def public_pem() -> str:
    pem: bytes = key_pair().export_to_pem()
    return pem.decode()


def handover_keys() -> dict[str, dict[str, str]]:
    """One of each kind, as HANDOVER_KEYS names them."""
    return {
        SHARED: {"alg": "HS256", "key": SECRET, "iss": ISSUER},
        SIGNED: {"alg": "RS256", "key": public_pem(), "iss": ISSUER},
    }


def as_secret(text: str) -> JWK:
    return JWK(kty="oct", k=encoded(text.encode()))


def claims(**changes: Any) -> dict[str, Any]:
    """Return what a good ticket of a student says now; a claim that is ABSENT is left out."""
    now_s = int(time.time())
    said = {
        "iss": ISSUER,
        "aud": SITE,
        "sub": "20260815",
        "name": "李明",
        "role": "student",
        "iat": now_s,
        "exp": now_s + 30,
        "jti": secrets.token_hex(8),
        **changes,
    }
    return {name: value for name, value in said.items() if value is not ABSENT}


def ticket(**changes: Any) -> str:
    """A ticket that the school signed with the secret, good but for the changes."""
    return signed(claims(**changes))


def signed(
    payload: Any, *, kid: Any = SHARED, alg: str = "HS256", key: JWK | None = None, **header: Any
) -> str:
    """Any payload, signed as a school would sign it. Bytes are taken as they are."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    names = {"alg": alg, "typ": "JWT", "kid": kid, **header}
    protected = {name: value for name, value in names.items() if value is not ABSENT}
    token = JWS(body)
    token.add_signature(key or as_secret(SECRET), alg, json.dumps(protected), None)
    compact: str = token.serialize(compact=True)
    return compact


def handmade(header: bytes | dict[str, Any], payload: Any, *, secret: bytes | None = None) -> str:
    """A token that no library would make; signed by HMAC with the secret, or not at all."""
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    told = f"{encoded(head)}.{encoded(body)}"
    if secret is None:
        return f"{told}."
    return f"{told}.{encoded(hmac.new(secret, told.encode(), hashlib.sha256).digest())}"


def encoded(some: bytes) -> str:
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()
