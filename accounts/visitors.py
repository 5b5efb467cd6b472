"""Pages for visitors, who come by a secret address and without an account."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from accounts.decorators import open_with_start_password
from edu_platform.lib import guesses
from edu_platform.lib.error_pages import ErrorPage, render_error
from edu_platform.lib.http import without_line_of_django

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
ViewT = TypeVar("ViewT", bound=Callable[..., HttpResponse])


def open_to_visitors(view: ViewT) -> ViewT:
    """Let a view be opened by an address that is a secret, without a sign-in."""
    # Who can forge a form for the address can open it. And as the pages send no referrer, browsers send their forms
    # without an origin.
    opened: ViewT = login_not_required(open_with_start_password(csrf_exempt(view)))
    opened.leaves_no_trace = True  # type: ignore[attr-defined] # read by `NoTraceMiddleware`
    return opened


def leave_no_trace(response: HttpResponse) -> HttpResponse:
    """Keep the address of the page out of other sites and of search engines."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def in_language_of_browser(
    request: HttpRequest, answer: Callable[[], HttpResponse], *, chosen: str = ""
) -> HttpResponse:
    """Answer in the language that the visitor chose, else in that of their browser: the school's is for its own people."""
    language = chosen or translation.get_language_from_request(request)
    with translation.override(language):
        response = answer()
    response["Content-Language"] = language
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    return response


def follows_browser(view: View[P]) -> View[P]:
    """Decorate a view that speaks the language of the browser, until its visitor chooses one."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return in_language_of_browser(request, partial(view, request, *args, **kwargs))

    return answer


def for_visitors(missing: str) -> Callable[[View[P]], View[P]]:
    """Decorate a visitor's view: responses leave no trace of the address, whatever they are.

    Invalid addresses get one and the same page, the template `missing`, whatever the reason. No sign-in is needed.
    """

    def decorate(view: View[P]) -> View[P]:
        @open_to_visitors
        @wraps(view)
        def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            try:
                response = _choose_language(request) or view(request, *args, **kwargs)
            except Http404:
                response = render(request, missing, status=404)
            response["Cache-Control"] = "no-store"
            return leave_no_trace(response)

        return answer

    return decorate


def _choose_language(request: HttpRequest) -> HttpResponse | None:
    """Keep the language that a visitor chose, wherever the address leads; None when they chose none.

    The form of the other pages would not do: it is taken with an origin alone, and these pages tell none.
    """
    if "language" not in request.POST:
        return None
    response = set_language(request)
    response.status_code, response["Location"] = 303, request.get_full_path()
    return response


def too_many_guesses(request: HttpRequest, template: str) -> HttpResponse:
    """Answer a client address that has asked for too many unknown secret addresses; only the template may query."""
    page = ErrorPage(
        status=429,
        title=_("Too many links that do not work"),
        explanation=_(
            "From your network very many links were opened of late that do not work. So no link is opened from there for a while."
        ),
        advice=_(
            "Try again in %(minutes)s minutes, or at once by another network: for instance by mobile data instead of Wi-Fi."
        )
        % {"minutes": guesses.RETRY_AFTER_S // 60},
        retry_after_s=guesses.RETRY_AFTER_S,
    )
    return without_line_of_django(render_error(request, template, page, {}))
