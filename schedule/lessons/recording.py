"""The ways in which lessons to come may be recorded: nothing starts a recording by hand."""

from __future__ import annotations

from schedule.enums import RecordMode
from schedule.lessons.begun import has_begun
from schedule.models import Lesson


def offered_mode(mode: int) -> RecordMode:
    """Return the mode for a class that has not begun: what was to be recorded by hand records itself."""
    return RecordMode.AUTOMATIC if mode == RecordMode.MANUAL else RecordMode(mode)


def mode_of(lesson: Lesson) -> RecordMode:
    """Return how a lesson goes on to be recorded; what has begun keeps its mode."""
    mode = RecordMode(lesson.record_mode)
    if mode is RecordMode.MANUAL and not has_begun(lesson):
        return offered_mode(mode)
    return mode
