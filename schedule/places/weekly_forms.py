"""The form that moves a weekly lesson to a place, or swaps it with the one there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext

from edu_platform.lib.text import storable_text
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.lessons.fields import DAY_CHARS, NAMES_CHARS, readable
from schedule.lessons.moments import read_time
from schedule.models import WeeklyLesson
from schedule.places.forms import place_fields
from schedule.places.weekly_places import DaysHeld, moved_plan
from schedule.terms.bells.bell_lists import bell_lists_of
from schedule.terms.bells.bell_times import Bells
from schedule.terms.reading import bell_spans
from schedule.terms.weekly_lessons.changes import change_weekly_lesson, swap_weekly_lessons
from schedule.terms.weekly_lessons.gate import WeeklyFault
from schedule.terms.weekly_lessons.writing import WeeklyLessonPlan, plan_of
from schedule.week_grid import DAYS_A_WEEK


class WeeklyPlaceForm(forms.Form):
    """Asks where it goes: `weekday` and `start`, or the weekly lesson `with` which it swaps, which stands there still."""

    weekday = forms.IntegerField(min_value=1, max_value=DAYS_A_WEEK)
    start = forms.CharField(max_length=DAY_CHARS)
    with_lesson = forms.CharField(max_length=NAMES_CHARS, required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, weekly_lesson: WeeklyLesson
    ) -> None:
        self.weekly_lesson = weekly_lesson
        self.plan = plan_of(weekly_lesson)
        self.known = known_in(data)
        self.other: WeeklyLesson | None = None
        fields = None
        if data is not None:
            fields = place_fields({name: data[name] for name in data}, "weekday")
        super().__init__(fields)
        if fields is not None and fields.get("with"):
            self.fields["weekday"].required = self.fields["start"].required = False

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix("with" if field_name == "with_lesson" else field_name)

    @property
    def faults(self) -> list[str]:
        """Return what is wrong with the place; no field of it is seen."""
        return [str(text) for texts in self.errors.values() for text in texts]

    def clean_start(self) -> dt.time | None:
        text = self.cleaned_data["start"]
        return readable(text, read_time) if text else None

    def clean_with_lesson(self) -> str:
        code: str = self.cleaned_data["with_lesson"]
        if code:
            of_term = WeeklyLesson.objects.filter(term=self.weekly_lesson.term_id)
            of_term = of_term.select_related("term", "course", "teacher")
            self.other = of_term.filter(code=storable_text(code)).first()
            if self.other is None:
                raise forms.ValidationError(
                    gettext("The term has no weekly lesson with this code.")
                )
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        if self.other is not None:
            theirs = plan_of(self.other)
            self._require_held(self.plan.at_hours_of(theirs), theirs.at_hours_of(self.plan))
            return cleaned
        bells = Bells(bell_spans(self.weekly_lesson.term))
        plan = moved_plan(self.plan, cleaned["weekday"], cleaned["start"], bells)
        if plan is None:
            self.add_error("start", capfirst(WeeklyFault.ENDS_BEFORE_START.words))
            return cleaned
        if plan.hours != self.plan.hours:
            self._require_held(plan)
        self.plan = plan
        return cleaned

    def _require_held(self, *plans: WeeklyLessonPlan) -> None:
        term = self.weekly_lesson.term
        days_held = DaysHeld(term, bell_lists_of(term))
        if any(map(days_held.is_never, plans)):
            self.add_error("start", gettext("All of its days there are holidays."))

    def save(self) -> bool:
        """Do what a valid form says, and return whether it differed.

        Raises:
            NotAsShown: it, or the one it is to swap with, has changed since the page was shown.
            Exception: whatever refuses it when it is written.
        """
        if self.other is None:
            return change_weekly_lesson(self.weekly_lesson, self.plan, known=self.known)
        other_plan = plan_of(self.other)
        place_shown = self.cleaned_data.get("weekday"), self.cleaned_data.get("start")
        if place_shown not in ((None, None), (other_plan.weekday, other_plan.starts)):
            raise NotAsShown(self.other)
        swap_weekly_lessons(
            self.weekly_lesson, self.other, known=self.known, known_other=other_plan.version
        )
        return True
