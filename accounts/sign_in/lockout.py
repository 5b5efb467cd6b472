"""Protection against password guessing: names and addresses that are locked, and when wrong passwords are forgotten.

A few wrong passwords lock a name for the address they came from (axes, see `accounts.sign_in.lockout_limits`); many
more from anywhere lock it for all (`accounts.sign_in.rate_limits`). Of an address alone only far more is counted than
a whole school behind one address could do by mistake.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.enums import SignInMethod
from accounts.models import User
from accounts.names import sign_in_name
from accounts.sign_in.lockout_limits import ADDRESS_FAILURES_AT_MOST, LOCKED_FOR

EXTERNAL_METHODS = frozenset(SignInMethod.values) - {SignInMethod.PASSWORD.value}


def name_for_lock(request: HttpRequest, credentials: Mapping[str, str] | None) -> str:
    """The name as sign-in understands it: in any casing and width it is the same person."""
    name = credentials.get("username") if credentials else request.POST.get("login")
    return sign_in_name(name or "")


def is_address_flooding(address: str) -> bool:
    """Tell whether more wrong passwords came from an address than a whole school would send."""
    attempts = AccessAttempt.objects.filter(ip_address=address)
    failures = attempts.aggregate(failures=Sum("failures_since_start"))["failures"] or 0
    return failures > ADDRESS_FAILURES_AT_MOST


def refuse_locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: object = None
) -> HttpResponse:
    """Say for how long a name is locked, and what to do meanwhile."""
    minutes = LOCKED_FOR // dt.timedelta(minutes=1)
    refusal = render(request, "account/locked_out.html", {"minutes": minutes}, status=429)
    refusal["Retry-After"] = str(minutes * 60)
    return refusal


class LockoutHandler(AxesDatabaseHandler):
    """The library's own, but for those who sign in another way: they have said no password."""

    def user_logged_in(self, sender: object, request: HttpRequest, user: User, **more: Any) -> None:
        records = get_authentication_records(request, user)
        if not any(record["method"] in EXTERNAL_METHODS for record in records):
            super().user_logged_in(sender, request, user, **more)  # type: ignore[no-untyped-call] # the library has no types
