"""Public ids, of random letters."""

from __future__ import annotations

from django.utils.crypto import get_random_string

CODE_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def make_code() -> str:
    """A public id: 60 random bits, without letters that look alike."""
    return get_random_string(12, CODE_ALPHABET)


def make_origin_id() -> str:
    """The id the cloud sees instead of ours; it reveals nothing about the person."""
    return get_random_string(24, CODE_ALPHABET)
