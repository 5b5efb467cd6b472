"""The form that says which class groups of this year stand for those of another term."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from edu_platform.lib.form_renderer import KeptSelect
from schedule.models import ClassGroup, Term
from schedule.terms.term_copies import class_groups_of, proposed


class TermCopyForm(forms.Form):
    """A field for each class group of the source, filled in with what stands for it."""

    bells = forms.BooleanField(
        label=_("Copy the bell times too"),
        help_text=_("Without bell times here, weekly lessons keep their hours."),
        required=False,
        initial=True,
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, source: Term, target: Term
    ) -> None:
        super().__init__(data)
        if target.bell_times.exists() or not source.bell_times.exists():
            del self.fields["bells"]
        self._groups = class_groups_of(source)
        active = list(ClassGroup.objects.active().order_by("name", "pk"))
        self._active = {group.code: group for group in active}
        self._proposed = proposed(self._groups, active)
        choices = [
            ("", pgettext("a class group that is not copied", "Leave out")),
            *((group.code, group.name) for group in active),
        ]
        for group in self._groups:
            field = forms.ChoiceField(
                label=group.name, required=False, choices=choices, widget=KeptSelect
            )
            found = self._proposed.get(group.pk)
            field.initial = "" if found is None else found.code
            self.fields[_name(group)] = field

    def group_fields(self) -> list[BoundField]:
        return [self[_name(group)] for group in self._groups]

    def counterparts(self) -> dict[int, ClassGroup]:
        """Return what a valid form says, or what is proposed."""
        if not self.is_bound:
            return self._proposed
        chosen = {group.pk: self.cleaned_data[_name(group)] for group in self._groups}
        return {pk: self._active[code] for pk, code in chosen.items() if code}

    def copies_bells(self) -> bool:
        if not self.is_bound:
            return "bells" in self.fields
        return bool(self.cleaned_data.get("bells"))


def _name(group: ClassGroup) -> str:
    return f"group-{group.code}"
