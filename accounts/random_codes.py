"""Public ids, of random letters."""

from __future__ import annotations

import secrets
from base64 import b32encode

CODE_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
# An import makes thousands of codes: all characters of one come from one reading of random bits, five of each.
_OURS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", CODE_ALPHABET)


def make_code() -> str:
    """A public id: 60 random bits, without letters that look alike."""
    return _random_characters(12)


def make_origin_id() -> str:
    """The id the cloud sees instead of ours; it reveals nothing about the person."""
    return _random_characters(24)


def _random_characters(count: int) -> str:
    return b32encode(secrets.token_bytes(count)).decode("ascii")[:count].translate(_OURS)
