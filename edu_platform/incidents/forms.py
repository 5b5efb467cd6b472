"""The form of an incident."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import validate_can_be_stored
from accounts.models import Incident
from accounts.models.incidents import INCIDENT_TEXT_CHARS
from edu_platform.incidents.words import LABELS
from edu_platform.lib.day_field import DayField
from edu_platform.lib.filter_forms import NO_DAY, NO_NUL
from edu_platform.lib.form_groups import FieldGroup, GroupedForm
from edu_platform.lib.personal_data import Purpose
from edu_platform.lib.text import has_visible
from schedule.week_grid import is_known_day

# As many as there are people on earth, and fewer than the column holds.
PEOPLE_AT_MOST = 2_000_000_000


class TextField(forms.CharField):
    """A text of several lines; one of which nobody sees anything is empty."""

    default_validators = [validate_can_be_stored]

    def __init__(self, *, rows: int, **options: Any) -> None:
        widget = forms.Textarea(attrs={"rows": rows})
        super().__init__(
            max_length=INCIDENT_TEXT_CHARS, widget=widget, error_messages=NO_NUL, **options
        )

    def to_python(self, value: object) -> str:
        text = (super().to_python(value) or "").replace("\r\n", "\n")
        return text if has_visible(text) else ""


def _day(name: str, **options: Any) -> DayField:
    return DayField(label=LABELS[name], error_messages={"invalid": NO_DAY}, **options)


class IncidentForm(GroupedForm):
    groups = (
        FieldGroup(
            _("What happened"),
            _("Name nobody who was concerned: their number and their class group are enough."),
            ("noticed_on", "happened_on", "what", "kinds", "people_count", "mended"),
        ),
        FieldGroup(
            _("Who was informed"),
            _(
                "The law asks for the authority and the people concerned, unless the harm was averted."
            ),
            ("authority_told_on", "people_told_on", "telling"),
        ),
    )

    noticed_on = _day("noticed_on")
    happened_on = _day("happened_on", required=False, help_text=_("Empty: not known yet."))
    what = TextField(label=LABELS["what"], rows=5)
    kinds = forms.TypedMultipleChoiceField(
        label=LABELS["kinds"],
        choices=Purpose.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    people_count = forms.IntegerField(
        label=LABELS["people_count"],
        required=False,
        min_value=0,
        max_value=PEOPLE_AT_MOST,
        help_text=_("Empty: not known yet."),
    )
    mended = TextField(label=LABELS["mended"], required=False, rows=4)
    authority_told_on = _day(
        "authority_told_on", required=False, help_text=_("Empty: it was not informed.")
    )
    people_told_on = _day(
        "people_told_on", required=False, help_text=_("Empty: they were not informed.")
    )
    telling = TextField(label=LABELS["telling"], required=False, rows=3)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, incident: Incident | None = None
    ) -> None:
        if incident is None:
            initial: dict[str, Any] = {"noticed_on": timezone.localdate()}
        else:
            initial = {name: getattr(incident, name) for name in LABELS}
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in ("noticed_on", "happened_on", "authority_told_on", "people_told_on"):
            if fault := self._fault_of(name):
                self.add_error(name, fault)
        return cleaned

    def _fault_of(self, name: str) -> str:
        day: dt.date | None = self.cleaned_data.get(name)
        if day is None:
            return ""
        if not is_known_day(day):
            return gettext("This year is not known here.")
        if day > timezone.localdate():
            return gettext("This day is still to come.")
        noticed: dt.date | None = self.cleaned_data.get("noticed_on")
        if name == "happened_on" and noticed is not None and day > noticed:
            return gettext("It cannot have happened after it was noticed.")
        happened: dt.date | None = self.cleaned_data.get("happened_on")
        if name.endswith("_told_on") and happened is not None and day < happened:
            return gettext("Nobody can have been informed before it happened.")
        return ""
