"""Marks of lessons: how they stand, and what changed of late."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from edu_platform.lib.formatting import StateWords
from schedule.history.telling_rules import POINTED_OUT_FOR
from schedule.timetable.timetable_rows import LessonRow


class StateMarks:
    """The marks of states, in the language of the page; looked up once for all its lessons."""

    def __init__(self) -> None:
        self.draft = (StateWords("◇", _("Draft"), "soft"),)
        self.cancelled = (StateWords("✕", _("Cancelled"), ""),)
        self.running = (StateWords("●", _("Running"), "mark-running"),)
        self.awaited = (StateWords("◌", _("Not started yet"), "mark-waiting"),)
        self.never_held = (StateWords("—", _("Never held"), "soft"),)
        self.over = (StateWords("✓", _("Over"), "soft"),)
        self.open = (StateWords("→", _("Open"), "mark-done"),)

    def of(
        self, lesson: LessonRow, progress: Progress, *, can_enter: bool
    ) -> tuple[StateWords, ...]:
        """Return the one state that tells most, or none of a lesson to come."""
        if lesson.is_draft:
            return self.draft
        if lesson.is_cancelled:
            return self.cancelled
        if progress.is_running:
            return self.running
        if progress.is_awaited:
            return self.awaited
        if progress.was_never_held:
            return self.never_held
        if progress.is_over:
            return self.over
        return self.open if can_enter else ()


class ChangeMarks:
    """The marks of what changed of late; looked up once for all lessons of a page."""

    def __init__(self, at: dt.datetime) -> None:
        self.since = at - POINTED_OUT_FOR
        self.moved = StateWords("↷", _("Time changed"), "mark-waiting")
        self.teacher = StateWords("⇄", _("Another teacher"), "mark-waiting")
        self.substitute = StateWords(
            "⇄", pgettext("mark of a lesson", "Substitute"), "mark-waiting"
        )

    def is_new(self, moment: dt.datetime | None) -> bool:
        return moment is not None and moment > self.since

    def of(self, lesson: LessonRow) -> tuple[StateWords, ...]:
        """Return no mark of a cancelled lesson: neither its time nor its teacher matters any more."""
        if lesson.is_cancelled:
            return ()
        moved = (self.moved,) if self.is_new(lesson.moved_at) else ()
        if not self.is_new(lesson.teacher_changed_at):
            return moved
        return (*moved, self.teacher if lesson.absent_teacher is None else self.substitute)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a class, by its plan and by what the cloud said last."""

    is_running: bool
    is_awaited: bool
    is_over: bool
    has_ended: bool
    may_be_held: bool
    was_never_held: bool
