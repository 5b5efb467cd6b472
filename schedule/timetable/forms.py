from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.day_field import DayField
from schedule.timetable.timetables import class_group_choices, teacher_choices
from schedule.week_grid import FIRST_LUNAR_DAY, LAST_LUNAR_DAY


class DayForm(forms.Form):
    """The date field above the week."""

    day = DayField(required=False)

    def chosen_day(self) -> dt.date | None:
        """The day, when it is one that the calendar knows; a malformed one counts as absent."""
        day: dt.date | None = self.cleaned_data["day"] if self.is_valid() else None
        is_known = day is not None and FIRST_LUNAR_DAY <= day <= LAST_LUNAR_DAY
        return day if is_known else None


class TimetableForm(forms.Form):
    """Whose week: for those who may look at everybody's. `access` reads what was chosen."""

    teacher = forms.CharField(label=_("Teacher"), required=False, widget=forms.Select)
    class_group = forms.CharField(label=_("Class group"), required=False, widget=forms.Select)

    def __init__(self, address: Mapping[str, object]) -> None:
        super().__init__(address)
        self._offer("teacher", teacher_choices())
        self._offer("class_group", [(name, name) for name in class_group_choices()])

    def _offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        self.fields[name].widget.choices = [("", _("Any")), *choices]
