"""Recordings by hand on the page of a lesson: what was recorded, by whom, and the buttons."""

from __future__ import annotations

from collections.abc import Collection

from accounts.models import User
from accounts.permissions import Action, Relation, may
from schedule.enums import RecordMode, Stage
from schedule.hooks import Panel
from schedule.manual_recording.reading import parts_of, recordings_of
from schedule.models import Lesson


def recording_panel(lesson: Lesson, relations: Collection[Relation], _viewer: User) -> Panel | None:
    """Return what was recorded by hand, for those who look after the lesson; the buttons for those who may."""
    is_by_hand = lesson.record_mode == RecordMode.MANUAL and lesson.is_published
    if not is_by_hand or not may(Action.SEE_HISTORY, relations):
        return None
    recording = recordings_of([lesson.pk]).get(lesson.pk)
    content = {
        "recording": recording,
        "parts": parts_of(lesson),
        "may_record": may(Action.RECORD_BY_HAND, relations),
    }
    return Panel(
        "schedule/_recording_panel.html", content, is_kept=False, comes_first={Stage.DURING}
    )
