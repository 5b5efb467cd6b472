"""Helpers of views: where a request leads, which methods it may have, and how a form is answered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)
ResponseT = TypeVar("ResponseT", bound=HttpResponse)

OWN_PATH_CHARS_AT_MOST = 2000
READ_AND_WRITE = ["GET", "HEAD", "POST"]
CONFLICT = 409
UNPROCESSABLE = 422
UNAVAILABLE = 503


def form_status(form: BaseForm) -> int:
    """Return the status of a page whose form was not taken: nothing is wrong yet where it was not sent."""
    return UNPROCESSABLE if form.is_bound else 200


def with_query(path: str, query: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def see_other(address: str) -> HttpResponse:
    """Redirect after a POST, so that reloading the page repeats nothing."""
    return HttpResponse(status=303, headers={"Location": address})


def file_response(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Answer with a file that is saved under this name and kept by no cache: it holds what this person may see now."""
    disposition = content_disposition_header(as_attachment=True, filename=name)
    headers = {"Content-Disposition": disposition or "attachment", "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=content_type, headers=headers)


def without_line_of_django(response: ResponseT) -> ResponseT:
    """Keep Django from logging a refusal that has a line of ours, or none on purpose."""
    response._has_been_logged = True  # type: ignore[attr-defined] # noqa: SLF001 -- there is no other way
    return response


def own_path(wanted: object) -> str:
    """Return what a visitor names as the next page, if it is a path of this site; else an empty text."""
    if not isinstance(wanted, str) or not wanted.startswith("/"):
        return ""
    # A header takes no end of a line, and no half of a character.
    is_ours = wanted.isprintable() and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_ours and len(wanted) <= OWN_PATH_CHARS_AT_MOST else ""


def require_post_or_explain(
    page: str, *, keeps_arguments: bool = True, without: Collection[str] = ()
) -> Callable[
    [Callable[Concatenate[R, P], HttpResponse]],
    Callable[Concatenate[R, P], HttpResponse],
]:
    """Accept POST only; answer anything else with a page that leads to the one with the button.

    People arrive without it after a sign-in in between, or by the address of an error page. The page
    takes the view's own arguments, unless told otherwise, or those that are not named in `without`.
    """

    def decorate(
        view: Callable[Concatenate[R, P], HttpResponse],
    ) -> Callable[Concatenate[R, P], HttpResponse]:
        @wraps(view)
        def answer(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "POST":
                return view(request, *args, **kwargs)
            arguments = {name: value for name, value in kwargs.items() if name not in without}
            page_url = reverse(page, kwargs=arguments if keeps_arguments else None)
            context = {"page_url": page_url}
            response = render(request, "405.html", context, status=405)
            response["Allow"] = "POST"
            return response

        return answer

    return decorate
