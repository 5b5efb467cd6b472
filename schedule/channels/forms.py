from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from schedule.channels.robot_addresses import (
    ADDRESS_CHARS_AT_MOST,
    AddressRefused,
    ChannelAddress,
    understand_address,
)
from schedule.models import CHANNEL_NAME_CHARS, ClassGroup


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
        queryset=ClassGroup.objects.active().order_by("name_key", "pk"),
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
