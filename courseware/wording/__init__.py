"""Texts about courseware: state, kind and pages; what happened, why, and what comes next."""

from __future__ import annotations

from courseware.wording.explaining import Explanation, explain
from courseware.wording.files import audience_text, file_size_text, pages_text, type_text
from courseware.wording.states import is_moving, short_reason, state_words

__all__ = [
    "Explanation",
    "audience_text",
    "explain",
    "file_size_text",
    "is_moving",
    "pages_text",
    "short_reason",
    "state_words",
    "type_text",
]
