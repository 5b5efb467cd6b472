"""The secret part of the addresses from which images are fetched."""

from __future__ import annotations

import secrets

FETCH_TOKEN_BYTES = 24


def make_fetch_token() -> str:
    """An unguessable part of an address."""
    return secrets.token_urlsafe(FETCH_TOKEN_BYTES)
