from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import resolve_url

from accounts.addresses import client_address
from accounts.lockout import is_address_flooding


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from the school, never from a visitor."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try for its name, and refuse an address that tries too many names.

        What a lock of axes refuses anyway is not counted: one address alone cannot lock a name
        for all.
        """
        if is_address_flooding(client_address(request)):
            raise self.validation_error("too_many_login_attempts")
        if AxesProxyHandler.is_allowed(request, credentials):
            super().pre_authenticate(request, **credentials)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Whoever had to replace a start password came to see the timetable."""
        return resolve_url(settings.LOGIN_REDIRECT_URL)
