"""Marks of lessons in a matrix: a sign or a letter that is seen, and full words for it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from schedule.enums import LessonState
from schedule.history.telling_rules import POINTED_OUT_FOR
from schedule.matrix.reading import MatrixLesson


class Mark(NamedTuple):
    short: str
    words: str
    css_class: str = "mark-waiting"
    is_conflict: bool = False
    # It will not be so for long, so that paper leaves it out.
    is_of_late: bool = False


class Marks:
    """The marks in the language of the page, looked up once for all its lessons."""

    def __init__(self, at: dt.datetime) -> None:
        self._since = at - POINTED_OUT_FOR
        self._draft = Mark(pgettext("short mark", "draft"), _("Draft"), "soft")
        self._cancelled = Mark(pgettext("short mark", "cancelled"), _("Cancelled"), "soft")
        conflict = pgettext("short mark", "conflict")
        words = _("Two lessons at once")
        self._conflict = Mark(conflict, words, "mark-running", is_conflict=True)
        self._substitute = pgettext("short mark", "sub.")
        self._changed = pgettext("short mark", "changed")
        self._moved, self._another_teacher = _("Time changed"), _("Another teacher")

    def of(self, lesson: MatrixLesson, *, is_in_conflict: bool) -> tuple[Mark, ...]:
        """Nothing but that of a cancelled lesson: neither its time nor its teacher matters any more."""
        if lesson.is_plain and not is_in_conflict:
            return ()
        if lesson.state == LessonState.CANCELLED:
            return (self._cancelled,)
        marks = (self._draft,) if lesson.state == LessonState.DRAFT else ()
        if lesson.absent_teacher is not None:
            words = _("Substitute for %(name)s") % {"name": lesson.absent_teacher}
            marks = (*marks, Mark(self._substitute, words))
        if changes := self._changes(lesson):
            marks = (*marks, Mark(self._changed, changes, is_of_late=True))
        return (*marks, self._conflict) if is_in_conflict else marks

    def _changes(self, lesson: MatrixLesson) -> str:
        """Say what has changed of late; that somebody stands in is said by a mark of its own."""
        is_moved = self._is_new(lesson.moved_at)
        if lesson.absent_teacher is None and self._is_new(lesson.teacher_changed_at):
            moved = f"{self._moved} · " if is_moved else ""
            return f"{moved}{self._another_teacher}"
        return self._moved if is_moved else ""

    def _is_new(self, moment: dt.datetime | None) -> bool:
        return moment is not None and moment > self._since
