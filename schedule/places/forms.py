"""The form that moves a lesson to a place, or swaps it with the lesson there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from edu_platform.lib.versions import NotAsShown, known_in
from schedule.history.words import lesson_text, period_text
from schedule.lessons.fields import NAMES_CHARS
from schedule.lessons.forms import ToldForm
from schedule.lessons.locks import lock_lessons
from schedule.lessons.move_forms import NewStartForm, require_as_known
from schedule.lessons.moving import Wanted, held_at, move, swap
from schedule.lessons.named import lesson_of_code
from schedule.models import Lesson, PlanningAction
from schedule.places.lesson_places import PlaceKind, fault_of, fault_of_swap
from schedule.places.words import fault_in_words


def place_fields(data: Mapping[str, Any], day_name: str) -> dict[str, Any]:
    """Return what was sent; a place's button sends the day, the start and whom to swap with as one text."""
    day, start, code, *_rest = [*str(data.get("place", "")).split(" "), "", "", ""]
    return {**data, **({day_name: day, "start": start, "with": code} if day else {})}


class NoPlace(Exception):
    """The lesson cannot be there by now: `kind` says why."""

    def __init__(self, kind: PlaceKind) -> None:
        super().__init__(kind)
        self.kind = kind


class PlaceForm(NewStartForm, ToldForm):
    """Asks where a lesson goes: `date` and `start`, or the lesson `with` which it swaps, which stands there still."""

    with_lesson = forms.CharField(max_length=NAMES_CHARS, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None, *, lesson: Lesson) -> None:
        self.lesson = lesson
        self.known = known_in(data)
        self.other: Lesson | None = None
        fields = None if data is None else place_fields({name: data[name] for name in data}, "date")
        super().__init__(fields)
        if fields is not None and fields.get("with"):
            self.fields["date"].required = self.fields["start"].required = False

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix("with" if field_name == "with_lesson" else field_name)

    @property
    def asked(self) -> list[forms.BoundField]:
        """Return the fields that the page shows; the place is chosen by its button."""
        return [self["reason"], self["untold"]]

    @property
    def faults(self) -> list[str]:
        """Return what is wrong with the place, which has no field that is seen."""
        seen_names = {field.name for field in self.asked}
        return [
            str(text)
            for name, texts in self.errors.items()
            if name not in seen_names
            for text in texts
        ]

    def clean_with_lesson(self) -> str:
        code: str = self.cleaned_data["with_lesson"]
        if code:
            self.other = lesson_of_code(code)
            if self.other is None:
                raise forms.ValidationError(gettext("There is no lesson with this code."))
        return code

    def read_start(self, cleaned: dict[str, Any]) -> None:
        if cleaned["date"] is not None and cleaned["start"] is not None:
            super().read_start(cleaned)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            fault = self._fault(self.lesson, self.other, cleaned)
            if fault is not None:
                self.add_error("start", fault_in_words(fault))
        return cleaned

    def _fault(
        self, lesson: Lesson, other: Lesson | None, cleaned: Mapping[str, Any]
    ) -> PlaceKind | None:
        """Return what the calendar has against it; it is asked once more when it is written."""
        now = timezone.now()
        if other is not None:
            return fault_of_swap(lesson, other, at=now)
        return fault_of(lesson, cleaned["starts_at"], at=now)

    @transaction.atomic
    def save(self, action: PlanningAction) -> None:
        """Do what a valid form says.

        Raises:
            NotAsShown: the lesson, or the one it is to swap with, has changed since the page was shown.
            NoPlace: the days have become days off meanwhile.
            Exception: whatever refuses it when it is written.
        """
        lock_lessons([self.lesson, *([self.other] if self.other else [])])
        require_as_known(self.lesson, self.known)
        if self.other is None:
            self._require_place(Lesson.objects.get(pk=self.lesson.pk), None)
            move(self.lesson, starts_at=self.cleaned_data["starts_at"], action=action)
            return
        other = Lesson.objects.get(pk=self.other.pk)
        self._require_other_as_shown(other)
        self._require_place(Lesson.objects.get(pk=self.lesson.pk), other)
        swap(self.lesson, self.other, action=action)

    def _require_place(self, lesson: Lesson, other: Lesson | None) -> None:
        kind = self._fault(lesson, other, self.cleaned_data)
        if kind is not None:
            raise NoPlace(kind)

    def _require_other_as_shown(self, now: Lesson) -> None:
        shown_at = self.cleaned_data.get("starts_at")
        if shown_at is not None and now.starts_at != shown_at:
            raise NotAsShown(now)

    def wanted(self) -> Wanted:
        """Return what a valid form would make of lessons, even if it was refused."""
        lesson, other = self.lesson, self.other
        if other is not None:
            return [
                (lesson, held_at(lesson, other.starts_at, other.ends_at)),
                (other, held_at(other, lesson.starts_at, lesson.ends_at)),
            ]
        starts_at, ends_at = self.cleaned_data["starts_at"], self.cleaned_data["ends_at"]
        return [(lesson, held_at(lesson, starts_at, ends_at))]

    def said(self) -> str:
        """Say what was done."""
        if self.other is not None:
            words = {"lesson": lesson_text(self.lesson), "other": lesson_text(self.other)}
            return gettext("Swapped: %(lesson)s, and %(other)s") % words
        when = period_text(self.cleaned_data["starts_at"], self.cleaned_data["ends_at"])
        words = {"lesson": lesson_text(self.lesson), "when": when}
        return gettext("Moved: %(lesson)s, now %(when)s") % words
