"""The form that invites a guest."""

from __future__ import annotations

import unicodedata

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import validate_can_be_stored
from edu_platform.lib.filter_forms import NO_NUL
from edu_platform.lib.line_field import LineField
from schedule.models.guests import GUEST_NAME_CHARS

# Characters that steer a text and show nothing themselves, such as those that turn its direction around.
STEERING = frozenset({"Cc", "Cf"})


class NameField(LineField):
    """The name of a person, as everybody in the class reads it."""

    def to_python(self, value: object) -> str:
        name = super().to_python(value)
        return "".join(char for char in name if unicodedata.category(char) not in STEERING)


class GuestForm(forms.Form):
    name = NameField(
        label=_("Name of the guest"),
        max_length=GUEST_NAME_CHARS,
        validators=[validate_can_be_stored],
        error_messages=NO_NUL,
        help_text=_("Everybody in the class sees it, for example: Ms Li, author."),
    )
