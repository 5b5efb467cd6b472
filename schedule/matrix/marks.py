"""Marks of lessons in a matrix: a sign or a letter that is seen, and full words for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from edu_platform.lib.formatting import StateWords
from schedule.enums import LessonState
from schedule.matrix.reading import MatrixLesson
from schedule.timetable.marks import ChangeMarks

FurtherMarks = Mapping[int, tuple[StateWords, ...]]
NO_MARKS: FurtherMarks = MappingProxyType({})


class Mark(NamedTuple):
    # Its shape is a word, as short as a sign.
    state: StateWords
    is_conflict: bool = False
    # Paper leaves it out: it will not be so for long, or tells of what is over.
    is_for_screens: bool = False


class Marks:
    """The marks in the language of the page, looked up once for all its lessons."""

    def __init__(self, at: dt.datetime, further: FurtherMarks = NO_MARKS) -> None:
        """Look up the words of marks; `further` are those of higher apps, by the lesson's id."""
        self._further = further
        self._of_changes = ChangeMarks(at)
        self._draft = _mark(pgettext("short mark", "draft"), _("Draft"), "soft")
        self._cancelled = _mark(pgettext("short mark", "cancelled"), _("Cancelled"), "soft")
        conflict = pgettext("short mark", "conflict")
        self.conflict = Mark(
            StateWords(conflict, _("Two lessons at once"), "mark-running"), is_conflict=True
        )
        self._substitute = pgettext("short mark", "sub.")
        self._changed = pgettext("short mark", "changed")

    def overlap(self, reason: str) -> Mark:
        """Return the mark of two lessons at once for which a planner gave this reason: nothing is to be mended."""
        label = _("Overlaps another lesson; the reason: %(reason)s") % {"reason": reason}
        return _mark(pgettext("short mark", "overlap"), label, "soft")

    def of(self, lesson: MatrixLesson, *, at_once: Mark | None) -> tuple[Mark, ...]:
        """Return the marks of a lesson; `at_once` is that of another one at the same time, if there is any.

        A cancelled lesson has no other: neither its time nor its teacher matters any more.
        """
        further = self._further.get(lesson.pk)
        if lesson.is_plain and at_once is None and further is None:
            return ()
        if lesson.state == LessonState.CANCELLED:
            return (self._cancelled,)
        marks = (self._draft,) if lesson.state == LessonState.DRAFT else ()
        if lesson.absent_teacher is not None:
            words = _("Substitute for %(name)s") % {"name": lesson.absent_teacher}
            marks = (*marks, _mark(self._substitute, words))
        if changes := self._changes(lesson):
            state = StateWords(self._changed, changes, "mark-waiting")
            marks = (*marks, Mark(state, is_for_screens=True))
        marks = marks if at_once is None else (*marks, at_once)
        return (*marks, *(Mark(state, is_for_screens=True) for state in further or ()))

    def _changes(self, lesson: MatrixLesson) -> str:
        """Say what has changed of late; that somebody stands in is said by a mark of its own."""
        changes = self._of_changes
        labels = []
        if changes.is_new(lesson.moved_at):
            labels.append(changes.moved.label)
        if lesson.absent_teacher is None and changes.is_new(lesson.teacher_changed_at):
            labels.append(changes.teacher.label)
        return " · ".join(labels)


def _mark(word: str, label: str, css_class: str = "mark-waiting") -> Mark:
    return Mark(StateWords(word, label, css_class))
