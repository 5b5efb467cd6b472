"""Texts about courseware: state, kind and pages; what happened, why, and what comes next."""

from __future__ import annotations

from courseware.wording.explaining import Explanation, explain
from courseware.wording.files import audience_text, file_size_text, pages_text, type_text
from courseware.wording.states import (
    follows_cloud,
    is_moving,
    newer_text,
    short_reason,
    state_words,
    superseded_words,
)

__all__ = [
    "Explanation",
    "audience_text",
    "explain",
    "file_size_text",
    "follows_cloud",
    "is_moving",
    "newer_text",
    "pages_text",
    "short_reason",
    "state_words",
    "superseded_words",
    "type_text",
]
