"""Lengths of people's names, and equality of usernames: casing and width do not matter."""

from __future__ import annotations

import unicodedata

from django.utils.translation import gettext

USERNAME_CHARS = 150
DISPLAY_NAME_CHARS = 64


def sign_in_name(username: str) -> str:
    """The normalised username, unique per person, for sign-in and its locks."""
    return unicodedata.normalize("NFKC", username).strip().lower()


def name_taken_words(namesake: object) -> str:
    return gettext("%(person)s has this username already, but for upper and lower case.") % {
        "person": namesake
    }
