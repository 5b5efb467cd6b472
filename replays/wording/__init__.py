"""Texts about replays: state, sizes, times and history; what happened, why, and what comes next."""

from __future__ import annotations

from replays.wording.explaining import Explanation, explain
from replays.wording.files_and_quantities import (
    downloads_text,
    duration_text,
    length_text,
    sizes_text,
    views_text,
)
from replays.wording.history import event_text
from replays.wording.refresh import answer_counts, answer_level, answer_text, left_text
from replays.wording.states import (
    missing_text,
    short_reason,
    state_words,
    unanswered,
    words_of_state,
)

__all__ = [
    "Explanation",
    "answer_counts",
    "answer_level",
    "answer_text",
    "downloads_text",
    "duration_text",
    "event_text",
    "explain",
    "left_text",
    "length_text",
    "missing_text",
    "short_reason",
    "sizes_text",
    "state_words",
    "unanswered",
    "views_text",
    "words_of_state",
]
