"""Serve all addresses of families alike: without sign-in, without a trace of the link, and with errors in words.

They follow the language of the browser, since families choose none in advance, as a school does for its people.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from http import HTTPStatus
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.visitors import (
    in_language_of_browser,
    leave_no_trace,
    open_to_visitors,
    too_many_guesses,
)
from edu_platform.lib import guesses
from edu_platform.lib.error_pages import ErrorPage, render_error
from edu_platform.lib.http import see_other, with_query, without_line_of_django
from schedule.families.access import LinkNotFound, NotOpened
from schedule.families.cookies import opened_browser

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, str, P], HttpResponse]
REFUSED = "schedule/families/refused.html"


def for_families(view: View[P]) -> Callable[..., HttpResponse]:
    """Decorate a view of an address whose `token` is the secret part of a link.

    A client address that has guessed wrong too often is answered without a query, but for a link that worked lately, or a
    browser that has opened this very link: guesses of others behind the same address do not shut these out.
    """

    @open_to_visitors
    @wraps(view)
    def answer(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        opened = opened_browser(request, token)
        if opened is None and guesses.is_spent(request, token):
            answered = partial(too_many_guesses, request, REFUSED)
        else:
            answered = partial(_answer, view, request, token, *args, **kwargs)
        chosen = opened.language if opened else ""
        response = _without_trace(in_language_of_browser(request, answered, chosen=chosen))
        # Only a token that was looked up has a page; others are led elsewhere, or to nothing.
        if opened is None and response.status_code == HTTPStatus.OK:
            guesses.note_right(request, token)
        return response

    return answer


def _answer(
    view: View[P], request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs
) -> HttpResponse:
    try:
        return view(request, token, *args, **kwargs)
    except NotOpened:
        return see_other(page_address(token))
    except LinkNotFound:
        guesses.note_wrong(request, token)
        return link_does_not_work(request)
    except Http404:
        return _not_there(request, token)


def page_address(token: str) -> str:
    return reverse("families:page", args=[token])


def about_child(address: str, child: User, **query: str) -> str:
    """Return an address of a family with the child that it is about, whom `family_of` finds in it."""
    return with_query(address, {"child": child.code or "", **query})


def _without_trace(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return leave_no_trace(response)


# --- Errors ---------------------------------------------------------------------------------------


def link_does_not_work(request: HttpRequest) -> HttpResponse:
    page = ErrorPage(
        status=404,
        title=_("This link does not work"),
        explanation=_(
            "It is not complete, since messengers sometimes cut the end of a link, or it is no longer valid."
        ),
        advice=_(
            "Open it once more from the message or the slip that you were given, or copy all of it. If that does not help, ask the class teacher for a new link."
        ),
    )
    return without_line_of_django(render_error(request, REFUSED, page, {}))


def _not_there(request: HttpRequest, token: str) -> HttpResponse:
    page = ErrorPage(
        status=404,
        title=_("This is not there"),
        explanation=_("It was taken away meanwhile, or this link does not show it."),
        advice=_("What your link shows stands on its page."),
    )
    context = {"page": page_address(token)}
    return render_error(request, REFUSED, page, context)
