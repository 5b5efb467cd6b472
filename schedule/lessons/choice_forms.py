from __future__ import annotations

from collections.abc import Iterable, Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from schedule.lessons.named import class_group_choices, teacher_choices


class TimetableForm(forms.Form):
    """The choice of a week, for those who may look at everybody's. `access` reads what was chosen."""

    teacher = forms.CharField(label=_("Teacher"), required=False, widget=forms.Select)
    class_group = forms.CharField(label=_("Class group"), required=False, widget=forms.Select)

    def __init__(self, address: Mapping[str, object]) -> None:
        super().__init__(address)
        self._offer("teacher", teacher_choices())
        self._offer("class_group", [(name, name) for name in class_group_choices()])

    def _offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        self.fields[name].widget.choices = [("", _("Any")), *choices]
