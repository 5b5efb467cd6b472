"""Fields of forms that move a lesson to another time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext

from schedule.history.snapshots import require_lesson_as_shown
from schedule.lessons.forms import StartForm
from schedule.lessons.moments import NotReadable, in_school_time
from schedule.lessons.period_gate import period_faults
from schedule.models import Lesson


class NewStartForm(StartForm):
    """Asks when a lesson is to start; it keeps its length. `lesson` is set before the form is made."""

    lesson: Lesson

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if {"date", "start"} <= cleaned.keys():
            self.read_start(cleaned)
        return cleaned

    def read_start(self, cleaned: dict[str, Any]) -> None:
        try:
            starts_at = in_school_time(cleaned["date"], cleaned["start"]).astimezone(dt.UTC)
        except NotReadable as err:
            self.add_error("start", capfirst(str(err)))
            return
        cleaned["starts_at"] = starts_at
        cleaned["ends_at"] = starts_at + (self.lesson.ends_at - self.lesson.starts_at)
        for fault in period_faults(starts_at, cleaned["ends_at"]):
            self.add_error("start", capfirst(fault.words))
        if starts_at == self.lesson.starts_at:
            self.add_error("start", gettext("The lesson is at that time already."))


def require_as_known(lesson: Lesson, known: str) -> None:
    """Go on only with a lesson, locked by now, that is as a page showed it; programs send no version.

    Raises:
        NotAsShown: somebody has changed it since.
        Lesson.DoesNotExist: it was deleted meanwhile.
    """
    if known:
        now = Lesson.objects.select_related("course", "teacher").get(pk=lesson.pk)
        require_lesson_as_shown(now, known)
