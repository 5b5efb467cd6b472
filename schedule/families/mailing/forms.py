"""The form in which a family leaves the address that changes are mailed to."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from schedule.families.mailing.addresses import DAILY_HOUR, MailWish
from schedule.models import FamilyAddress

DAILY, AT_ONCE = "daily", "at_once"
EMAIL_CHARS = 254


def _ways() -> list[tuple[str, str]]:
    return [
        (DAILY, _("Once a day, at %(hour)s:00") % {"hour": DAILY_HOUR}),
        (AT_ONCE, _("As changes come, some minutes later")),
    ]


class MailForm(forms.Form):
    """The wish of a family; a program may leave out how often, and in which language."""

    email = forms.EmailField(
        label=gettext_lazy("Your mail address"),
        max_length=EMAIL_CHARS,
        widget=forms.EmailInput({"autocomplete": "email"}),
        help_text=gettext_lazy(
            "It is used for this alone. We write there once, and ask whether it is yours."
        ),
    )
    how = forms.ChoiceField(label=gettext_lazy("How often"), choices=_ways, required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=settings.LANGUAGES, required=False
    )

    def wish(self) -> MailWish:
        """Return what a valid form asks for."""
        return MailWish(
            email=self.cleaned_data["email"],
            is_daily=self.cleaned_data["how"] != AT_ONCE,
            language=self.cleaned_data["language"] or _language_now(),
        )


def initial_of(address: FamilyAddress | None) -> dict[str, str]:
    """Return what the form begins with."""
    if address is None:
        return {"how": DAILY, "language": _language_now()}
    return {
        "email": address.email,
        "how": DAILY if address.is_daily else AT_ONCE,
        "language": address.language,
    }


def _language_now() -> str:
    """Return the language of the page, as far as it is one of ours."""
    language = get_language() or settings.LANGUAGE_CODE
    return language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
