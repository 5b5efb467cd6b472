"""When wrong passwords are forgotten: at a right one, and with time."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from axes.handlers.database import AxesDatabaseHandler
from django.http import HttpRequest

from accounts.enums import SignInMethod
from accounts.models import User

EXTERNAL_METHODS = frozenset(SignInMethod.values) - {SignInMethod.PASSWORD.value}


class LockoutHandler(AxesDatabaseHandler):
    """The library's own, but for those who sign in another way: they have said no password."""

    def user_logged_in(self, sender: object, request: HttpRequest, user: User, **more: Any) -> None:
        records = get_authentication_records(request, user)
        if not any(record["method"] in EXTERNAL_METHODS for record in records):
            super().user_logged_in(sender, request, user, **more)  # type: ignore[no-untyped-call] # the library has no types
