"""The second factor once more, before somebody hands out power over others."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.internal.flows.login import (
    get_authentication_records,
    record_authentication,
)
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.urlkit import script_aware_resolve
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext

from accounts.models import User
from accounts.selectors.second_factor import has_second_factor
from accounts.sign_in.records import is_proof

# In the session: what somebody without a second factor was led away from, which goes on once they have one.
GOES_ON_WITH = "second_factor_goes_on_with"
# After so long nobody remembers what they sent: then its page is opened, and nothing is done.
SENT_KEPT_FOR_S = 60 * 60
NEVER_KEPT = ("csrfmiddlewaretoken", "password")


def ask_code_again(request: HttpRequest, person: User) -> HttpResponse | None:
    """Return the page that comes first, or None: the person has typed a code again a short while ago.

    What was posted goes on after the code; files that were posted do not. Who has no second factor is led to set
    one up, and goes on from there, without another code. A superuser without one goes on: their power comes from the server's operator, and a
    school begins with one.
    """
    if not has_second_factor(person):
        if person.is_superuser:
            return None
        text = gettext(
            "Who gives others power over the school proves it with a second factor. Set yours up, then go on where you were."
        )
        messages.warning(request, text)
        request.session[GOES_ON_WITH] = _what_was_sent(request)
        return redirect("mfa_activate_totp")
    request.session.pop(GOES_ON_WITH, None)
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


def _what_was_sent(request: HttpRequest) -> dict[str, Any]:
    sent = request.POST.copy()
    for name in NEVER_KEPT:
        sent.pop(name, None)
    return {
        "path": request.path,
        "query": request.GET.urlencode(),
        "post": sent.urlencode() if request.method == "POST" else None,
        "at": time.time(),
    }


def note_code_of_set_up(request: HttpRequest, person: User) -> None:
    """Count the code by which somebody has just set their second factor up as one that was asked for."""
    app = Authenticator.objects.get(user=person, type=Authenticator.Type.TOTP)
    record_authentication(
        request, person, method="mfa", id=app.pk, type=app.type, reauthenticated=True
    )


def go_on(request: HttpRequest) -> HttpResponse | None:
    """Do what somebody was led away from to set up a second factor, or open its page; None: there is nothing."""
    sent = request.session.pop(GOES_ON_WITH, None)
    if sent is None:
        return None
    if sent["post"] is None or time.time() - sent["at"] > SENT_KEPT_FOR_S:
        return redirect(sent["path"])
    request.GET, request.POST = QueryDict(sent["query"]), QueryDict(sent["post"])
    request.path = request.path_info = sent["path"]
    page = script_aware_resolve(request.path)
    answer: HttpResponse = page.func(request, *page.args, **page.kwargs)
    return answer


def typed_code_lately(request: HttpRequest, person: User) -> bool:
    """Tell whether the person has typed a code since they signed in, a short while ago.

    That of the sign-in is none: who finds a browser open has not typed it.
    """
    return typed_again_lately(request, person, "mfa")


def typed_again_lately(request: HttpRequest, person: User, method: str) -> bool:
    """Tell whether the person has typed their code ("mfa") or "password" since they signed in, a short while ago."""
    return any(
        record["method"] == method and record.get("reauthenticated") and is_proof(record["at"])
        for record in get_authentication_records(request, person)
    )
