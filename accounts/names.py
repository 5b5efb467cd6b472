"""How long names of people may be, and equality of usernames: casing and width do not matter."""

from __future__ import annotations

import unicodedata

USERNAME_CHARS = 150
DISPLAY_NAME_CHARS = 64


def sign_in_name(username: str) -> str:
    """The normalised username, unique per person, for sign-in and its locks."""
    return unicodedata.normalize("NFKC", username).strip().lower()
