from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from accounts.models import User

P = ParamSpec("P")
View = Callable[P, HttpResponse]


def signed_in(request: HttpRequest) -> User:
    """The person of a request that only signed-in people can make."""
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in")
    return request.user


class SignedInRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware: somebody is signed in."""

    user: User


def open_with_start_password(view: View[P]) -> View[P]:
    """Answer also those who have yet to replace their start password: what the view shows is nobody's own.

    For `accounts.middleware`, as Django's `login_not_required` is for its own.
    """
    view.open_with_start_password = True  # type: ignore[attr-defined]  # where the middleware looks
    return view


def where_mail_is_sent(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer 404 where there is no mail server: what the mail would say must not end in a log."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.SENDS_MAIL:
            raise Http404
        return view(request, *args, **kwargs)

    return answer


def see_other(address: str) -> HttpResponse:
    """Lead on after a button was pressed, so that loading the page again presses nothing."""
    return HttpResponse(status=303, headers={"Location": address})


def by_button_only(
    page: str, *, keeps_arguments: bool = True
) -> Callable[
    [Callable[Concatenate[SignedInRequest, P], HttpResponse]],
    Callable[Concatenate[SignedInRequest, P], HttpResponse],
]:
    """Take a POST only; whoever comes without the button is shown the way to the page that has it.

    People come without it from a sign-in that came between, or by the address of a refusal. The page
    takes the view's own arguments, unless told otherwise.
    """

    def decorate(
        view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
    ) -> Callable[Concatenate[SignedInRequest, P], HttpResponse]:
        @wraps(view)
        def answer(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            page_url = reverse(page, kwargs=kwargs if keeps_arguments else None)
            context = {"page_url": page_url}
            response = render(request, "405.html", context, status=405)
            response["Allow"] = "POST"
            return response

        return answer

    return decorate
