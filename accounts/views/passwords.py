"""A password for somebody who has none, because they come with an account of the school's."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.views import PasswordSetView
from allauth.core.exceptions import ReauthenticationRequired
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from accounts.decorators import signed_in
from accounts.sign_in.records import proved_lately


class SetPasswordView(PasswordSetView):
    """allauth's, which asks for nothing: anybody who finds a screen left open would have a lasting way in."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person = signed_in(request)
        if not person.has_usable_password() and not proved_lately(request, person):
            if get_adapter().get_reauthentication_methods(person):
                raise ReauthenticationRequired
            template = "account/password_set_sign_in_again.html"
            return render(request, template, {"page": "account_set_password"})
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response
