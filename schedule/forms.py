from __future__ import annotations

import datetime as dt

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.formatting import megabytes_text
from edu_platform.lib.spreadsheets.limits import MAX_FILE_BYTES, MAX_ROWS
from schedule.models import ClassGroup
from schedule.week_grid import FIRST_LUNAR_DAY, LAST_LUNAR_DAY


class DayForm(forms.Form):
    """The date field above the week."""

    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"])

    def chosen_day(self) -> dt.date | None:
        """The day, when it is one that the calendar knows; a malformed one counts as absent."""
        day: dt.date | None = self.cleaned_data["day"] if self.is_valid() else None
        is_known = day is not None and FIRST_LUNAR_DAY <= day <= LAST_LUNAR_DAY
        return day if is_known else None


class TimetableForm(forms.Form):
    """Whose week: for those who may look at everybody's."""

    teacher = forms.ModelChoiceField(
        label=_("Teacher"),
        queryset=User.objects.none(),
        to_field_name="username",
        required=False,
        empty_label=_("Any"),
    )
    class_group = forms.ModelChoiceField(
        label=_("Class group"),
        queryset=ClassGroup.objects.none(),
        to_field_name="name",
        required=False,
        empty_label=_("Any"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed through as they are
        self.fields["teacher"].queryset = (  # type: ignore[attr-defined] # a ModelChoiceField
            User.objects.active().with_role(Role.TEACHER).order_by("display_name", "pk")
        )
        self.fields["class_group"].queryset = (  # type: ignore[attr-defined] # a ModelChoiceField
            ClassGroup.objects.active().order_by("name", "pk")
        )


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=format_lazy(
            _("CSV or XLSX, at most {size} and {rows} rows."),
            size=megabytes_text(MAX_FILE_BYTES),
            rows=f"{MAX_ROWS:,}",
        ),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if file.size is None or file.size > MAX_FILE_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s.") % {"limit": megabytes_text(MAX_FILE_BYTES)}
            )
        return file


class LessonImportForm(ImportForm):
    as_draft = forms.BooleanField(label=_("New lessons as drafts"), required=False)
