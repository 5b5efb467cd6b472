"""Pages for visitors, who come by a secret address and without an account."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from accounts.decorators import open_with_start_password

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def for_visitors(missing: str) -> Callable[[View[P]], View[P]]:
    """Decorate a visitor's view: responses leave no trace of the address, whatever they are.

    Invalid addresses get one and the same page, the template `missing`, whatever the reason. No sign-in is needed.
    """

    def decorate(view: View[P]) -> View[P]:
        @login_not_required
        @open_with_start_password
        # The address is the secret: who can forge a form for it can open it. And as the pages send no referrer,
        # browsers send their forms without an origin.
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                response = _in_language(request) or view(request, *args, **kwargs)
            except Http404:
                response = render(request, missing, status=404)
            response["Cache-Control"] = "no-store"
            response["Referrer-Policy"] = "no-referrer"
            response["X-Robots-Tag"] = "noindex, nofollow"
            return response

        return answer

    return decorate


def _in_language(request: HttpRequest) -> HttpResponse | None:
    """Keep the language that a visitor chose, wherever the address leads; None when they chose none.

    The form of the other pages would not do: it is taken with an origin alone, and these pages tell none.
    """
    if "language" not in request.POST:
        return None
    response = set_language(request)
    response.status_code, response["Location"] = 303, request.get_full_path()
    return response
