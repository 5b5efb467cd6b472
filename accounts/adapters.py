from __future__ import annotations

import threading
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.shortcuts import resolve_url

from accounts.addresses import client_address
from accounts.lockout import is_address_flooding
from classroom.database import release_database

# Each check of a password takes 100 MB and a processor: a class that signs in at once, or whoever
# floods the door with guesses, stands in line for so many places of a process.
CHECKS_AT_ONCE = 4

_checks = threading.BoundedSemaphore(CHECKS_AT_ONCE)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from the school, never from a visitor."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        release_database()
        with _checks:
            return super().authenticate(request, **credentials)

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
