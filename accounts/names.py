"""When two usernames are one: the same letters in another casing or width."""

from __future__ import annotations

import unicodedata


def sign_in_name(username: str) -> str:
    """A username as sign-in and its locks understand it, and by which it is nobody else's."""
    return unicodedata.normalize("NFKC", username).strip().lower()
