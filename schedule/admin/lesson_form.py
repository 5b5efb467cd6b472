"""The form of one lesson in the administration."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from schedule.enums import ActionOrigin
from schedule.lessons.may_teach import cannot_teach
from schedule.models import Lesson, Occupation, PlanningAction
from schedule.planning.lesson_fields import ROOM_TYPE_CHOICES
from schedule.planning.recording import modes_for
from schedule.planning.rules import (
    assists_oneself_in_words,
    frozen_in_words,
    not_a_teacher_in_words,
    overlap_in_words,
    period_faults,
)
from schedule.planning.shared_students import StudentsTaken
from schedule.services.lessons import (
    LessonFrozen,
    LessonOverlaps,
    LessonPlan,
    change_lesson,
    schedule_lesson,
)


class LessonForm(forms.ModelForm[Lesson]):
    """Tries the change while validating, so that conflicts are shown in the form."""

    is_draft = forms.BooleanField(
        label=_("draft"), required=False, help_text=_("Seen by staff only until it is published.")
    )

    class Meta:
        model = Lesson
        fields = (
            "course",
            "title",
            "teacher",
            "assistants",
            "class_groups",
            "starts_at",
            "ends_at",
            "room_type",
            "record_mode",
            "students_may_download",
            "overlap_reason",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "title" in self.fields:
            self.fields["title"].required = False
            self.fields["title"].help_text = gettext("Empty: course and time.")
        if "room_type" in self.fields:
            self.fields["room_type"].choices = ROOM_TYPE_CHOICES  # type: ignore[attr-defined] # a field of choices
        if "record_mode" in self.fields:
            modes = modes_for(self.instance if self.instance.pk else None)
            self.fields["record_mode"].choices = [(mode.value, mode.label) for mode in modes]  # type: ignore[attr-defined] # a field of choices
        if "students_may_download" in self.fields:
            _name_the_default(self.fields["students_may_download"])

    def clean_teacher(self) -> User:
        teacher: User = self.cleaned_data["teacher"]
        if teacher.pk != self.instance.teacher_id:
            _require_may_teach(teacher)
        return teacher

    def clean_assistants(self) -> list[User]:
        assistants = list(self.cleaned_data["assistants"])
        had = set(self.instance.assistants.all()) if self.instance.pk else set()
        for user in assistants:
            if user not in had:
                _require_may_teach(user)
        return assistants

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("teacher") in (cleaned.get("assistants") or ()):
            self.add_error("assistants", assists_oneself_in_words())
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at:
            for side, fault in period_faults(starts_at, ends_at):
                self.add_error(f"{side}s_at", fault)
        if not self.errors:
            self._try_out()
        return cleaned

    def save_lesson(self, *, by: User | None = None) -> Lesson:
        """Write the lesson; only for a form that is valid.

        Raises:
            LessonOverlaps, LessonFrozen: somebody was quicker since the form was checked.
        """
        action = PlanningAction(by=by, origin=ActionOrigin.PAGE)
        if not self.instance.pk:
            is_draft = self.cleaned_data["is_draft"]
            return schedule_lesson(self._plan(), is_draft=is_draft, action=action)
        there = Lesson.objects.get(pk=self.instance.pk)
        change_lesson(there, self._plan(), action=action)
        return there

    def _try_out(self) -> None:
        try:
            with transaction.atomic():
                self.save_lesson()
                transaction.set_rollback(True)
        except LessonOverlaps as err:
            self.add_error(self._field_of(err.taken), overlap_in_words(err))
        except LessonFrozen as err:
            self.add_error(None, frozen_in_words(err.begun))

    def _plan(self) -> LessonPlan:
        cleaned = self.cleaned_data
        return LessonPlan(
            course=cleaned["course"],
            teacher=cleaned["teacher"],
            class_groups=tuple(cleaned["class_groups"]),
            starts_at=cleaned["starts_at"],
            ends_at=cleaned["ends_at"],
            assistants=tuple(cleaned["assistants"]),
            title=cleaned["title"],
            room_type=cleaned["room_type"],
            record_mode=cleaned["record_mode"],
            students_may_download=cleaned["students_may_download"],
            overlap_reason=cleaned["overlap_reason"],
        )

    def _field_of(self, taken: Occupation | StudentsTaken | None) -> str | None:
        if taken is None:
            return None
        if isinstance(taken, StudentsTaken) or taken.person_id is None:
            return "class_groups"
        return "teacher" if taken.person == self.cleaned_data["teacher"] else "assistants"


def _name_the_default(field: forms.Field) -> None:
    """Name the empty choice: the school's setting."""
    widget = field.widget
    if isinstance(widget, forms.NullBooleanSelect):
        (unknown, _label), *others = widget.choices
        widget.choices = [(unknown, gettext("as the school's settings say")), *others]


def _require_may_teach(user: User) -> None:
    if cannot_teach(user):
        raise forms.ValidationError(not_a_teacher_in_words(user.display_name))
