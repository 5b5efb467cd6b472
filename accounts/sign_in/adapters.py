from __future__ import annotations

import logging
import threading
from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth import logout as sign_out
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import constant_time_compare

from accounts.enums import LinkMail
from accounts.models import SchoolSettings, User
from accounts.services.people import note_own_password
from accounts.sign_in.client_address import client_address
from accounts.sign_in.lockout import is_address_flooding, name_for_lock
from accounts.sign_in.passwords import CHECKS_AT_ONCE
from accounts.sign_in.records import note_sign_in, proved_lately
from edu_platform.lib.database import release_database
from edu_platform.lib.http import see_other
from edu_platform.lib.text import error_summary

logger = logging.getLogger(__name__)

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

        Whose account was closed, or got another password, while the second factor was asked for begins anew.
        """
        if not isinstance(user, User):
            raise TypeError("not a person of the platform")
        begun_with = request.session.pop(BEGUN_WITH, "")
        if not user.is_active or not constant_time_compare(
            begun_with, user.get_session_auth_hash()
        ):
            sign_out(request)
            raise ImmediateHttpResponse(see_other(resolve_url("account_login")))
        super().login(request, user)
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

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The platform's own address, whatever the asker calls it by."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.PUBLIC_BASE_URL + path.replace("UID-KEY", quote(key))

    def send_password_reset_mail(
        self, user: AbstractBaseUser, email: str, context: dict[str, Any]
    ) -> None:
        """Limits and failures are not shown: both would reveal that there is an account."""
        if isinstance(user, User):
            self.mail_new_password(user, context)

    def mail_new_password(self, user: User, context: dict[str, Any]) -> LinkMail:
        """Mail to the address that we keep, unless this person or address had many mails lately."""
        if not self._may_mail(user):
            return LinkMail.LIMITED
        try:
            self.send_mail("account/email/password_reset_key", user.email, context)
        except OSError as err:  # all errors of smtplib are among these
            # Without addresses: a server may repeat what it refuses, and that sets a password.
            logger.warning("person %s: no mail for a new password: %s", user.pk, error_summary(err))
            return LinkMail.FAILED
        return LinkMail.SENT

    def mail_link(self, user: User) -> LinkMail:
        """Mail a link to set a new password, in the person's language, because staff ask for it."""
        key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
        context = {
            "user": user,
            "username": user.username,
            "password_reset_url": self.get_reset_password_from_key_url(key),
        }
        with translation.override(user.notice_mail_language or settings.LANGUAGE_CODE):
            return self.mail_new_password(user, context)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Mail in the school's name; none where mail would end in a log."""
        if not settings.SENDS_MAIL:
            return
        school = {
            "school_name": SchoolSettings.load().school_name,
            "base_url": settings.PUBLIC_BASE_URL,
        }
        subject = render_to_string(f"{template_prefix}_subject.txt", context | school)
        body = render_to_string(f"{template_prefix}_message.txt", context | school)
        release_database()
        send_mail(" ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [email])

    def _may_mail(self, user: User) -> bool:
        counted = (
            ("reset_mail_to_person", str(user.pk)),
            ("reset_mail_to_address", user.email.lower()),
        )
        return all(
            ratelimit.consume(self.request, action=action, key=key) for action, key in counted
        )

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
