"""The forms that take a code: allauth's, with words of our own, a limit, and each code once."""

from __future__ import annotations

import time
import unicodedata
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.second_factor import count_try, forget_tries, spend_code

# For how long the page that sets it up goes on with one key, in seconds; since when, in the session.
SECRET_KEPT_FOR_S = 15 * 60
SECRET_MADE_AT = "second_factor_secret_made_at"  # noqa: S105 -- what the session calls it


class CodeInput(forms.TextInput):
    """Comes back empty: the next code is another."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


class _LimitedCode(forms.Form):
    """Stands before one of allauth's forms, which look the code up."""

    user: User
    authenticator: Authenticator
    help_text = _(
        "The six digits that the app shows now; or one of your recovery codes, each of which works once."
    )
    # Then the cursor stands in its field; else people would be led past what is to be read before.
    is_all_of_its_page = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label, field.help_text = _("Code"), self.help_text
        field.widget = CodeInput(
            {
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": self.is_all_of_its_page,
            }
        )

    def clean_code(self) -> str:
        """The code, in whatever width it was typed; tries are counted until one is right."""
        if not count_try(self.user):
            raise ValidationError(
                _("Too many wrong codes. Wait a quarter of an hour or longer, then try again.")
            )
        self.cleaned_data["code"] = unicodedata.normalize("NFKC", self.cleaned_data["code"])
        code: str = super().clean_code()  # type: ignore[misc] # of the form beside it
        self._spend(code)
        forget_tries(self.user)
        return code

    def _spend(self, code: str) -> None:
        """Refuse a code of the app that was used before; allauth itself strikes out recovery codes."""
        if self.authenticator.type == Authenticator.Type.TOTP and not spend_code(self.user, code):
            raise get_adapter().validation_error("incorrect_code")


class CodeForm(_LimitedCode, AuthenticateForm):
    """At the sign-in."""


class CodeAgainForm(_LimitedCode, ReauthenticateForm):
    """Before something of it is changed."""


class SetUpForm(_LimitedCode, ActivateTOTPForm):
    """With one key for a while: allauth makes another whenever the page is opened, which an app has not read."""

    help_text = _("The six digits that the app shows now.")
    is_all_of_its_page = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        session, now = context.request.session, time.time()
        is_kept = now - session.get(SECRET_MADE_AT, 0) < SECRET_KEPT_FOR_S
        kept = session.get(SECRET_SESSION_KEY) if is_kept else None
        super().__init__(*args, **kwargs)
        if kept:
            session[SECRET_SESSION_KEY] = self.secret = kept
        else:
            session[SECRET_MADE_AT] = now

    def _spend(self, code: str) -> None:
        """There is nothing yet that could remember it: the view does it afterwards."""
