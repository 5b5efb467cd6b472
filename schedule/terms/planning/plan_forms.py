"""The form that asks how a term is planned."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from schedule.lessons.forms import ToldForm
from schedule.models import Term


class PlanForm(ToldForm):
    """Asks how a term is to be planned."""

    with_past = forms.BooleanField(
        label=gettext_lazy("Also lessons that lie in the past"),
        required=False,
        help_text=gettext_lazy("As history, without a room: for a term that has begun already."),
    )
    as_draft = forms.BooleanField(
        label=gettext_lazy("New lessons as drafts"),
        required=False,
        help_text=gettext_lazy("Seen by staff only until they are published."),
    )
    leaves_out = forms.BooleanField(
        label=gettext_lazy("Leave out the lessons that conflict"),
        required=False,
        help_text=gettext_lazy("All others are planned. Once the conflict is solved, plan again."),
    )
    field_order = ("with_past", "as_draft", "leaves_out", "reason", "untold")

    def __init__(self, data: Any = None, *, term: Term, has_drafts: bool) -> None:
        super().__init__(data, initial={"as_draft": has_drafts})
        if term.planned_at is not None:
            del self.fields["with_past"]

    def is_ticked(self, name: str) -> bool:
        return name in self.fields and bool(self[name].value())
