"""Nicknames shown in the classroom cloud."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext

# In the pattern of the school settings it stands for the person's name.
NAME_PLACEHOLDER = "{name}"
NICKNAME_MAX_CHARS = 64
# What the pattern must leave for the name: longer names are rare, and cut off.
CHARS_LEFT_FOR_NAME = 32


def nickname_of(display_name: str, *, pattern: str) -> str:
    """The school's pattern around the person's name; empty where nothing is left of it."""
    return pattern.replace(NAME_PLACEHOLDER, display_name).strip()[:NICKNAME_MAX_CHARS]


def require_sound_pattern(pattern: str) -> None:
    """Refuse a pattern by which people could not be told apart.

    Raises:
        ValidationError: it says why.
    """
    around = pattern.replace(NAME_PLACEHOLDER, "")
    if NAME_PLACEHOLDER not in pattern:
        raise ValidationError(
            gettext("Without {name} everybody would have the same nickname in class.")
        )
    if "{" in around or "}" in around:
        raise ValidationError(gettext("Nothing but {name} may stand in braces."))
    if len(around) > NICKNAME_MAX_CHARS - CHARS_LEFT_FOR_NAME:
        raise ValidationError(
            gettext("Beside {name} there is room for %(limit)s characters.")
            % {"limit": NICKNAME_MAX_CHARS - CHARS_LEFT_FOR_NAME}
        )


def neutral_nickname(origin_id: str) -> str:
    """For somebody without a nickname, or with one that the cloud refuses; in the school's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext("Participant %(code)s") % {"code": origin_id[:4]}
