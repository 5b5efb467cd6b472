"""The second factor once more, before somebody hands out power over others."""

from __future__ import annotations

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import User
from accounts.selectors.second_factor import has_second_factor
from accounts.sign_in.records import is_proof

# In the session: the page that needs a second factor, which somebody without one was led away from.
SET_UP_FOR = "second_factor_set_up_for"


def ask_code_again(request: HttpRequest, person: User) -> HttpResponse | None:
    """Return the page that comes first, or None: the person has typed a code again a short while ago.

    What was posted goes on by itself after the code; files that were posted do not. Who has no second factor is
    led to set one up. A superuser without one goes on: their power comes from the server's operator, and a
    school begins with one.
    """
    if not has_second_factor(person):
        if person.is_superuser:
            return None
        text = gettext(
            "Who gives others power over the school proves it with a second factor. Set yours up, then go on where you were."
        )
        messages.warning(request, text)
        request.session[SET_UP_FOR] = request.path
        return redirect("mfa_activate_totp")
    request.session.pop(SET_UP_FOR, None)
    if typed_code_lately(request, person):
        return None
    return suspend_request(request, reverse("second_factor_again"))


def require_code_again(request: HttpRequest, person: User) -> None:
    """Go on only where a code was typed again; else allauth's middleware answers with the page that comes first.

    Raises:
        ImmediateHttpResponse: with that page.
    """
    if (page := ask_code_again(request, person)) is not None:
        raise ImmediateHttpResponse(page)


def typed_code_lately(request: HttpRequest, person: User) -> bool:
    """Tell whether the person has typed a code since they signed in, a short while ago.

    That of the sign-in is none: who finds a browser open has not typed it.
    """
    return any(
        record["method"] == "mfa" and record.get("reauthenticated") and is_proof(record["at"])
        for record in get_authentication_records(request, person)
    )
