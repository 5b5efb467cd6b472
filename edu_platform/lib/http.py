"""Helpers of views: redirects after POST, and answers to pages that ask whether anything has changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

# What a page shows of something that changes by itself, in one word: a script sends back the last it
# got. No ETag: proxies make answers of their own of these, and browsers send them unasked.
VERSION_HEADER = "X-Page-Version"

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)


def see_other(address: str) -> HttpResponse:
    """Redirect after a POST, so that reloading the page repeats nothing."""
    return HttpResponse(status=303, headers={"Location": address})


def version_of(*shown: object) -> str:
    """The version of what a page shows: the same as long as all of it looks the same."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:32]


def known_version(request: HttpRequest) -> str:
    """The version that a script has already; empty for people, who get the whole page."""
    return request.headers.get(VERSION_HEADER, "")


def unchanged() -> HttpResponse:
    """Answer a script whose version is the last one."""
    return HttpResponse(status=204)


def require_post_or_explain(
    page: str, *, keeps_arguments: bool = True
) -> Callable[
    [Callable[Concatenate[R, P], HttpResponse]],
    Callable[Concatenate[R, P], HttpResponse],
]:
    """Accept POST only; answer anything else with a page that leads to the one with the button.

    People arrive without it after a sign-in in between, or by the address of an error page. The page
    takes the view's own arguments, unless told otherwise.
    """

    def decorate(
        view: Callable[Concatenate[R, P], HttpResponse],
    ) -> Callable[Concatenate[R, P], HttpResponse]:
        @wraps(view)
        def answer(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            page_url = reverse(page, kwargs=kwargs if keeps_arguments else None)
            context = {"page_url": page_url}
            response = render(request, "405.html", context, status=405)
            response["Allow"] = "POST"
            return response

        return answer

    return decorate
