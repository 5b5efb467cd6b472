"""Nicknames shown in the classroom cloud."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

# In the pattern of the school settings it stands for the person's name.
NAME_PLACEHOLDER = "{name}"
NICKNAME_MAX_CHARS = 64


def nickname_of(display_name: str, *, pattern: str) -> str:
    """The school's pattern around the person's name; empty where nothing is left of it."""
    return pattern.replace(NAME_PLACEHOLDER, display_name).strip()[:NICKNAME_MAX_CHARS]


def neutral_nickname(origin_id: str) -> str:
    """For somebody without a nickname, or with one that the cloud refuses; in the school's language."""
    with translation.override(settings.LANGUAGE_CODE):
        return gettext("Participant %(code)s") % {"code": origin_id[:4]}
