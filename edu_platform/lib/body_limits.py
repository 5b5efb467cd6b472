"""Limits on request bodies.

Django reads a form, with its files, before anything checks who sent it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render

from edu_platform.lib.formatting import MIB, megabytes_text

AnyView = TypeVar("AnyView", bound=Callable[..., HttpResponse])

# Visitors sign in, or give the password of a link.
VISITOR_LIMIT_BYTES = 64 * 1024
# Those who are signed in write texts too, and choose among thousands of rows.
FORM_LIMIT_BYTES = 2 * MIB
# What stands around a file in its form.
AROUND_FILE_BYTES = MIB
# A file that is too large is read and discarded, as browsers hear no answer before they have sent all.
DISCARDED_BYTES = 64 * MIB
PIECE_BYTES = 64 * 1024
# Our pages send no other.
CHARSET = "utf-8"


def takes_file_of(limit_bytes: int) -> Callable[[AnyView], AnyView]:
    """Take forms with a file of this size from those who are signed in."""

    def mark(view: AnyView) -> AnyView:
        view.file_limit_bytes = limit_bytes  # type: ignore[attr-defined]  # where the middleware looks
        return view

    return mark


def reads_body_itself(view: AnyView) -> AnyView:
    """Leave it to the view to read what comes, within bounds of its own, and not to Django's check of forms."""
    view.reads_body_itself = True  # type: ignore[attr-defined]  # where the middleware looks
    return view


class BodyLimitMiddleware:
    """Refuses a request that says that it brings more than its address takes, before anything of it is read.

    It has to stand above Django's check of forms. A request that does not say how much it brings
    counts as empty: Django reads nothing of it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.encoding is not None and request.encoding.lower() != CHARSET:
            # Some of those that a request may name hold halves of characters, which no page can be written with.
            request.encoding = CHARSET
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *_arguments: Any
    ) -> HttpResponse | None:
        length = _length_of(request)
        # Looking up the user costs a query.
        if length <= VISITOR_LIMIT_BYTES or getattr(view, "reads_body_itself", False):
            return None
        may_send_more = _may_send_more(request)
        limit_bytes = FORM_LIMIT_BYTES if may_send_more else VISITOR_LIMIT_BYTES
        file_limit_bytes = _file_limit_of(view) if may_send_more else 0
        if file_limit_bytes:
            limit_bytes = file_limit_bytes + AROUND_FILE_BYTES
        if length <= limit_bytes:
            return None
        if request.user.is_authenticated:
            _discard_body(request)
        context = {
            "limit": _in_words(limit_bytes),
            "file_limit": _in_words(file_limit_bytes) if file_limit_bytes else "",
            "is_sign_in": request.resolver_match is not None
            and request.resolver_match.url_name == "account_login",
            "form_address": request.path,
        }
        return render(request, "413.html", context, status=413)


def _length_of(request: HttpRequest) -> int:
    said = request.META.get("CONTENT_LENGTH") or ""
    return int(said) if said.isascii() and said.isdigit() else 0


def _may_send_more(request: HttpRequest) -> bool:
    match = request.resolver_match
    is_admin_page = match is not None and match.app_name == "admin"
    if not request.user.is_authenticated:
        return False
    return not is_admin_page or admin.site.has_permission(request)


def _file_limit_of(view: Callable[..., HttpResponse]) -> int:
    """Return how large a file the address takes; 0 where it takes none."""
    # The pages of the administration are of their model's class.
    owner = getattr(view, "model_admin", None)
    own: int = getattr(view, "file_limit_bytes", 0)
    limit: int = own or getattr(owner, "file_limit_bytes", 0)
    return limit


def _in_words(limit_bytes: int) -> str:
    return megabytes_text(limit_bytes) if limit_bytes >= MIB else f"{limit_bytes // 1024} KB"


def _discard_body(request: HttpRequest) -> None:
    left = DISCARDED_BYTES
    with suppress(UnreadablePostError):
        while left > 0 and (piece := request.read(PIECE_BYTES)):
            left -= len(piece)
