from __future__ import annotations

import threading
from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth import logout as sign_out
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.services.people import note_own_password
from accounts.services.school_mails import send_school_mail
from accounts.sign_in.lockout import is_address_flooding, name_for_lock
from accounts.sign_in.passwords import CHECKS_AT_ONCE
from accounts.sign_in.records import note_sign_in, proved_lately
from edu_platform.lib.client_address import client_address
from edu_platform.lib.database import release_database
from edu_platform.lib.http import see_other

# In the session while somebody signs in: the password that the person had at its beginning, as a hash of its hash.
BEGUN_WITH = "sign_in_begun_with"

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

    def pre_login(
        self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any
    ) -> HttpResponse | None:
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        if response is None:
            request.session[BEGUN_WITH] = user.get_session_auth_hash()
        return response

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """The end of every way to sign in: keep how and where from.

        Whose account was closed or deleted, or got another password, while the second factor was asked for begins anew.
        """
        if not isinstance(user, User):
            raise TypeError("not a person of the platform")
        begun_with = request.session.pop(BEGUN_WITH, "")
        if not user.is_active or not constant_time_compare(
            begun_with, user.get_session_auth_hash()
        ):
            _begin_anew(request)
        try:
            super().login(request, user)
        except DatabaseError as err:
            # Their account went at this moment, with an import that was undone.
            if User.objects.get_queryset().filter(pk=user.pk).exists():
                raise
            _begin_anew(request, because=err)
        note_sign_in(request, user)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """A sign-in of a moment ago is proof enough, as a password typed again is."""
        user = self.request.user
        if isinstance(user, User) and proved_lately(self.request, user):
            return False
        return super().is_reauthentication_required(app=app, **kwargs)

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        """Keep the session in which the password is typed again, also when the check replaces its hash."""
        person = self.authenticate(self.request, username=user.get_username(), password=password)
        if person is None or person.pk != user.pk:
            return False
        self.request.session[HASH_SESSION_KEY] = person.get_session_auth_hash()
        return True

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """A person who had to replace a start password came to see the timetable."""
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        send_school_mail(template_prefix, email, context)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """The name alone: with the host in it, another port of ours would be a fresh start."""
        return name_for_lock(request, credentials)

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Save what the person chose, and nothing else that somebody may have changed meanwhile."""
        if not isinstance(user, User):
            raise TypeError("not a person of the platform")
        user.set_password(password)
        user.must_change_password = False
        with transaction.atomic():
            user.save(update_fields=["password", "must_change_password"])
            note_own_password(
                user,
                keep=self.request.session.session_key,
                by_mail=self.request.user != user,
            )


def _begin_anew(request: HttpRequest, *, because: Exception | None = None) -> NoReturn:
    """Lead back to the page that asks for name and password, with nothing left of the sign-in."""
    sign_out(request)
    raise ImmediateHttpResponse(see_other(resolve_url("account_login"))) from because
