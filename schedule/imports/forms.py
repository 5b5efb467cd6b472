from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.formatting import megabytes_text
from edu_platform.lib.spreadsheets.limits import MAX_FILE_BYTES, MAX_ROWS
from schedule.lessons.forms import ToldForm


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


class TakeForm(forms.Form):
    """Takes a file that was checked; what its preview lists is done only after a tick."""

    makes = forms.BooleanField(
        label=_("I have looked through what is new: make it"),
        error_messages={
            "required": _("Look through what is new and tick this too. Nothing was imported.")
        },
    )
    swaps = forms.BooleanField(
        label=_("The names are right: these people have swapped them"),
        error_messages={
            "required": _(
                "Look whether lines are shifted: correct the file, or tick this too. Nothing was imported."
            )
        },
    )
    reuses = forms.BooleanField(
        label=_("These are new people: each only has the username of somebody who was erased"),
        error_messages={
            "required": _(
                "Look whether somebody who was erased stands in the file still: take them out of it, or tick this too. Nothing was imported."
            )
        },
    )
    confirmed = forms.BooleanField(
        label=_("I have looked through the list: deactivate them"),
        error_messages={
            "required": _("Look through the list and tick this too. Nothing was imported.")
        },
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        makes: bool,
        swaps: bool = False,
        reuses: bool = False,
        deactivates: bool = False,
    ) -> None:
        super().__init__(data)
        asked = {"makes": makes, "swaps": swaps, "reuses": reuses, "confirmed": deactivates}
        for name in [name for name in asked if not asked[name]]:
            del self.fields[name]


class UndoForm(ToldForm):
    """The undo of an import; `seen` is the version that its page showed."""

    seen = forms.CharField(widget=forms.HiddenInput)
