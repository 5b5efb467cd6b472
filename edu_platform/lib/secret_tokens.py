"""Secret parts of addresses: made by chance, stored as a digest alone, and recognised by their form."""

from __future__ import annotations

import hashlib
import re
import secrets

# 192 bits: nobody finds one by guessing, and base64 needs no padding.
TOKEN_BYTES = 24
# The token at the start of a text, before what a messenger, or a hand that copied too much, has put behind it.
_AT_START = re.compile(r"[A-Za-z0-9_-]{32}(?![A-Za-z0-9_-])")


def make_secret_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """Return what is stored of a token. It has no salt, so that the row of a token is found by an index."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_at_start(text: str) -> str | None:
    """Return the token with which a text begins, without what stands behind it; None: it begins with none."""
    match = _AT_START.match(text)
    return match and match[0]


def is_token(text: str) -> bool:
    """Return whether a text has the form of a token and nothing behind it: nothing else needs to be looked up."""
    return token_at_start(text) == text
