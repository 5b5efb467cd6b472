"""What came of a question that a person had the cloud asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from replays.enums import AnswerKind


@dataclass(frozen=True, slots=True)
class Answer:
    """What the cloud said; `wording.answer_text` puts it into words."""

    kind: AnswerKind
    # How many files the cloud has, and when it is asked next without anybody's doing.
    files: int = 0
    # The numbers of those that it had before, and does not list now, as 1 or 2-4.
    missing: str = ""
    next_ask_at: dt.datetime | None = None
