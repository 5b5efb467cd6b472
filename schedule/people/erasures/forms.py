"""The forms that ask for the erasing of a person, and confirm it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import validate_can_be_stored
from accounts.models.erasures import REASON_CHARS
from edu_platform.lib.filter_forms import NO_NUL


class AskForm(forms.Form):
    reason = forms.CharField(
        label=_("Why"),
        max_length=REASON_CHARS,
        validators=[validate_can_be_stored],
        error_messages=NO_NUL,
        help_text=_("The administrator who confirms it reads this; it goes with the person."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ConfirmForm(forms.Form):
    strikes_text = forms.BooleanField(
        label=_("Strike the name out of free text too, where nobody else bears it"),
        required=False,
        help_text=_(
            "Titles, reasons and notes. Without it, or where another person bears the same name, each place is shown here and somebody decides. Leave it off for a name that is an ordinary word as well."
        ),
    )
