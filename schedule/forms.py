from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from edu_platform.lib.day_field import DayField
from edu_platform.lib.formatting import megabytes_text
from edu_platform.lib.spreadsheets.limits import MAX_FILE_BYTES, MAX_ROWS
from schedule.channels.addresses import (
    ADDRESS_CHARS_AT_MOST,
    AddressRefused,
    ChannelAddress,
    understand_address,
)
from schedule.hours.months import Month
from schedule.models import CHANNEL_NAME_CHARS, ClassGroup
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


class MonthForm(forms.Form):
    """The month field above hours."""

    month = forms.DateField(required=False, input_formats=["%Y-%m"])

    def chosen_month(self) -> Month | None:
        """The month, when lessons may lie in it; a malformed one counts as absent."""
        day: dt.date | None = self.cleaned_data["month"] if self.is_valid() else None
        return None if day is None else Month.holding(day).if_known()


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


class SecretInput(forms.TextInput):
    """A field to paste a secret into; a page that is shown again does not repeat it."""

    def format_value(self, value: object) -> None:
        return None


class ChannelAddressForm(forms.Form):
    """The address of a robot. `understood` is what it stands for, when the form is valid."""

    understood: ChannelAddress

    address = forms.CharField(
        label=_("Webhook address"),
        max_length=ADDRESS_CHARS_AT_MOST,
        widget=SecretInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "As the group's settings show it, from https:// to its end. It is kept encrypted, and not shown again."
        ),
    )
    secret = forms.CharField(
        label=_("Secret of the signature (DingTalk only)"),
        required=False,
        max_length=ADDRESS_CHARS_AT_MOST,
        widget=SecretInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Begins with SEC. Empty when the robot is protected by a keyword."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "address" in cleaned and "secret" in cleaned:
            try:
                self.understood = understand_address(cleaned["address"], secret=cleaned["secret"])
            except AddressRefused as err:
                self.add_error("address", str(err))
        return cleaned


class NewChannelForm(ChannelAddressForm):
    class_group = forms.ModelChoiceField(
        label=_("Class group"),
        queryset=ClassGroup.objects.active().order_by("name"),
        to_field_name="code",
        required=False,
        empty_label=_("The whole school"),
        help_text=_(
            "The group hears of changes of the lessons of this class group; one of the whole school, of all."
        ),
    )
    name = forms.CharField(
        label=pgettext_lazy("chat group", "Name"),
        max_length=CHANNEL_NAME_CHARS,
        help_text=_("What the group is called, so that planners tell channels apart."),
    )
    field_order = ("class_group", "name", "address", "secret")


class ImportForm(forms.Form):
    """A spreadsheet: one that is chosen, else the one that is kept since it was checked."""

    kept = forms.CharField(required=False, widget=forms.HiddenInput)
    file = forms.FileField(
        label=_("File"),
        help_text=format_lazy(
            _("CSV or XLSX, at most {size} and {rows} rows."),
            size=megabytes_text(MAX_FILE_BYTES),
            rows=f"{MAX_ROWS:,}",
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = not self["kept"].value()

    def clean_file(self) -> UploadedFile[bytes] | None:
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is None:
            return None
        if file.size is None or file.size > MAX_FILE_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s.") % {"limit": megabytes_text(MAX_FILE_BYTES)}
            )
        return file


class LessonImportForm(ImportForm):
    as_draft = forms.BooleanField(label=_("New lessons as drafts"), required=False)


class PeopleImportForm(ImportForm):
    reactivates = forms.BooleanField(
        label=_("Activate deactivated accounts again"),
        required=False,
        help_text=_("Those of people who stand in the file. Without this they stay deactivated."),
    )
    deactivates_missing = forms.BooleanField(
        label=_("Deactivate who is missing"),
        required=False,
        help_text=_(
            "Students of the class groups in the file who do not stand in it. Check the file first: it lists them."
        ),
    )
    # Offered once the list was shown.
    confirmed = forms.BooleanField(
        label=_("I have looked through the list: deactivate them"), required=False
    )
