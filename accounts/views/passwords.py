"""A password of one's own: in the place of another, or where there was none."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import PasswordChangeView, PasswordSetView
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts.decorators import signed_in
from accounts.sign_in.records import proved_lately, typed_start_password_lately


class ChangePasswordView(PasswordChangeView):
    """allauth's, which asks also those for their password who have just signed in by it, and have to replace it."""

    def get_form_kwargs(self) -> dict[str, Any]:
        is_known = typed_start_password_lately(self.request, signed_in(self.request))
        return {**super().get_form_kwargs(), "asks_for_old": not is_known}


class SetPasswordView(PasswordSetView):
    """For somebody who has none, because they come with an account of the school's.

    allauth's asks for nothing: anybody who finds a screen left open would have a lasting way in.
    """

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person = signed_in(request)
        if not person.has_usable_password() and not proved_lately(request, person):
            if get_adapter().get_reauthentication_methods(person):
                raise ReauthenticationRequired
            template = "account/password_set_sign_in_again.html"
            return render(request, template, {"page": "account_set_password"})
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response
