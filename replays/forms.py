"""What an address of the replays may say; a value that makes no sense counts as absent."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import validate_can_be_stored
from replays.enums import ReplayState
from replays.selectors import Filters
from schedule.calendar import FIRST_LUNAR_DAY, LAST_LUNAR_DAY
from schedule.enums import RoomType

# Python keeps these words for itself.
ADDRESS_NAMES = {"from_day": "from", "to_day": "to"}
DAY_ATTRS = {
    "class": "day-field",
    "inputmode": "numeric",
    "pattern": r"\d{4}[\-\/]\d{1,2}[\-\/]\d{1,2}",
    "placeholder": "2026-09-01",
    "title": _("A day as 2026-09-01"),
}


NO_NUL = {"null_characters_not_allowed": _("a character that cannot be shown")}


class FilterForm(forms.Form):
    """The fields above the list. Each is read alone, whatever stands in the others."""

    q = forms.CharField(
        label=_("Lesson or room number"),
        required=False,
        max_length=256,
        validators=[validate_can_be_stored],
        error_messages=NO_NUL,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    room_type = forms.TypedChoiceField(
        label=_("Room type"),
        required=False,
        choices=[("", _("All types")), *RoomType.choices],
        coerce=int,
        empty_value=None,
    )
    teacher = forms.CharField(
        label=_("Taught by"),
        required=False,
        max_length=150,
        validators=[validate_can_be_stored],
        error_messages=NO_NUL,
        widget=forms.Select,
    )
    from_day = forms.DateField(
        label=_("From (day)"),
        required=False,
        input_formats=["%Y-%m-%d", "%Y/%m/%d"],
        error_messages={"invalid": _("A day as 2026-09-01")},
        widget=forms.TextInput(attrs=DAY_ATTRS),
    )
    to_day = forms.DateField(
        label=_("To (day)"),
        required=False,
        input_formats=["%Y-%m-%d", "%Y/%m/%d"],
        error_messages={"invalid": _("A day as 2026-09-01")},
        widget=forms.TextInput(attrs=DAY_ATTRS),
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Recorded, or should be")), *ReplayState.choices],
    )

    def __init__(
        self,
        address: Mapping[str, object],
        *,
        teachers: Iterable[tuple[str, str]],
        offers_teachers: bool,
        offers_states: bool,
    ) -> None:
        super().__init__(address)
        choices = [("", _("All teachers")), *teachers]
        self.fields["teacher"].widget.choices = choices
        self._offered = {"teacher": offers_teachers, "state": offers_states}

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix(ADDRESS_NAMES.get(field_name, field_name))

    def offered_fields(self) -> list[forms.BoundField]:
        """The fields that help this person. What the address says counts all the same."""
        return [field for field in self if self._offered.get(field.name, True)]

    def filters(self) -> Filters:
        self.is_valid()
        cleaned = self.cleaned_data
        return Filters(
            # Full-width letters and digits, as input methods make them, count as the plain ones.
            q=unicodedata.normalize("NFKC", cleaned.get("q", "")),
            room_type=cleaned.get("room_type"),
            teacher=cleaned.get("teacher", ""),
            from_day=_known(cleaned.get("from_day")),
            to_day=_known(cleaned.get("to_day")),
            state=cleaned.get("state", ""),
        )


class FileForm(forms.Form):
    """Which of a replay's files, the first by default."""

    file = forms.IntegerField(required=False)

    def chosen(self) -> int:
        number = self.cleaned_data["file"] if self.is_valid() else None
        return 1 if number is None else int(number)


def _known(day: dt.date | None) -> dt.date | None:
    """The day, moved into the years that the calendar knows: no replay lies outside."""
    return None if day is None else min(max(day, FIRST_LUNAR_DAY), LAST_LUNAR_DAY)
