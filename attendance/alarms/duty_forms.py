from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from attendance.alarms.duty import WEEKDAY_NUMBERS, NewHours, all_staff, weekday_name
from edu_platform.lib.natural_keys import in_order
from schedule.lessons.fields import TimeOfDayInput

TIME_FORMATS = ("%H:%M",)
# Reserved words in Python.
NAMES_IN_REQUESTS = {"starts": "from", "ends": "until"}


class DutyForm(forms.Form):
    """Somebody of the staff, the weekdays, and from when until when they are on duty."""

    person = forms.ChoiceField(label=_("Who"))
    weekday = forms.TypedMultipleChoiceField(
        label=_("Weekdays"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    starts = forms.TimeField(label=_("From"), input_formats=TIME_FORMATS, widget=TimeOfDayInput)
    ends = forms.TimeField(
        label=_("Until"),
        input_formats=TIME_FORMATS,
        widget=TimeOfDayInput,
        help_text=_("23:59 means until midnight."),
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self._people = {person.username: person for person in in_order(all_staff())}
        self._offer(
            "person",
            [
                (username, f"{person.display_name} ({username})")
                for username, person in self._people.items()
            ],
        )
        self._offer("weekday", [(number, weekday_name(number)) for number in WEEKDAY_NUMBERS])

    def _offer(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix(NAMES_IN_REQUESTS.get(field_name, field_name))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if isinstance(starts, dt.time) and isinstance(ends, dt.time) and ends <= starts:
            self.add_error("ends", gettext("The end has to lie after the start, on the same day."))
        return cleaned

    @property
    def new_hours(self) -> NewHours:
        cleaned = self.cleaned_data
        return NewHours(
            person=self._people[cleaned["person"]],
            # Each once, however often an address names it.
            weekdays=sorted(set(cleaned["weekday"])),
            starts=cleaned["starts"],
            ends=cleaned["ends"],
        )
