"""Forms of share links: lifetime, password, and entering the password."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from replays.services.shares import plain

DEFAULT_DAYS, MOST_DAYS = 7, 365
# Four digits, as people are used to; guessing is slowed down until that is enough.
SHORTEST_PASSWORD, LONGEST_PASSWORD = 4, 128


class ShareForm(forms.Form):
    """Options of a new link."""

    days = forms.IntegerField(
        label=_("Valid for (days)"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=DEFAULT_DAYS,
        help_text=format_lazy(_("From 1 to {most} days."), most=MOST_DAYS),
    )
    password = forms.CharField(
        label=_("Password (if wanted)"),
        required=False,
        min_length=SHORTEST_PASSWORD,
        max_length=LONGEST_PASSWORD,
        help_text=format_lazy(_("At least {least} characters."), least=SHORTEST_PASSWORD),
        # Shown in plain: the person who sets it passes it on.
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    download = forms.BooleanField(label=_("May be downloaded too"), required=False)

    def __init__(
        self, data: QueryDict | None = None, *, offers_download: bool = True, **options: Any
    ) -> None:
        if data is not None:
            # An absent field means the usual time, an empty one means nothing.
            data = data.copy()
            data.setdefault("days", str(DEFAULT_DAYS))
        super().__init__(data, **options)
        self.offers_download = offers_download
        if not offers_download:
            del self.fields["download"]

    def clean_password(self) -> str:
        """Refuse an invisible password: its link would be open, or could not be opened."""
        typed = str(self["password"].data or "")
        if typed and not any(unicodedata.category(char)[0] not in "CZ" for char in plain(typed)):
            raise ValidationError(
                _("A password of blanks is none. For a link without a password leave it empty.")
            )
        return str(self.cleaned_data["password"])


class LinkForm(forms.Form):
    """Names the link that is meant."""

    share = forms.SlugField(max_length=16)


class PasswordForm(forms.Form):
    """The password of a link, as a visitor types it."""

    password = forms.CharField(
        label=_("Password"),
        max_length=LONGEST_PASSWORD,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
