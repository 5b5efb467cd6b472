from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User

View = Callable[..., HttpResponseBase]
ViewT = TypeVar("ViewT", bound=View)


def signed_in(request: HttpRequest) -> User:
    """The person of a request that only signed-in people can make."""
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in")
    return request.user


class SignedInRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware: somebody is signed in."""

    user: User


def open_with_start_password(view: ViewT) -> ViewT:
    """Answer also those who have yet to replace their start password: what the view shows is nobody's own.

    For `accounts.middleware`, as Django's `login_not_required` is for its own.
    """
    view.open_with_start_password = True  # type: ignore[attr-defined]  # where the middleware looks
    return view


def where_mail_is_sent(view: View) -> View:
    """Answer 404 where there is no mail server: what the mail would say must not end in a log."""
    return _where(lambda: settings.SENDS_MAIL, view)


def where_cas_is_open(view: View) -> View:
    """Answer 404 where people have no accounts at a CAS server."""
    return _where(lambda: bool(settings.CAS_SERVER_URL), view)


def where_handover_is_open(view: View) -> View:
    """Answer 404 where no site of the school's signs tickets."""
    return _where(lambda: bool(settings.HANDOVER_KEYS), view)


def _where(is_open: Callable[[], bool], view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not is_open():
            raise Http404
        return view(request, *args, **kwargs)

    return answer


def with_secret_address(view: View) -> View:
    """Tell nobody else the page's address, which holds what signs somebody in; and keep the page nowhere."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response

    return answer
