"""Help is for everybody: those who cannot sign in, and those who have yet to set a password, need it most."""

from __future__ import annotations

from functools import partial

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.decorators import open_with_start_password
from accounts.visitors import in_language_of_browser
from edu_platform.help import library
from edu_platform.help.topics import pages_for


@require_safe
@login_not_required
@open_with_start_password
def contents(request: HttpRequest) -> HttpResponse:
    """All pages, first that of the person who looks."""
    mine = pages_for(request.user)[:1] if request.user.is_authenticated else ()
    names = [*mine, *(name for name in library.PAGE_NAMES if name not in mine)]
    pages = [(name, library.page(name, get_language())) for name in names]
    return render(request, "help/contents.html", {"pages": pages, "mine": mine})


@require_safe
@login_not_required
@open_with_start_password
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Show a page in the language of the person who reads it."""
    if name in library.PAGES_FOR_VISITORS and not request.user.is_authenticated:
        return in_language_of_browser(request, partial(_page, request, name))
    return _page(request, name)


def _page(request: HttpRequest, name: str) -> HttpResponse:
    try:
        text = library.page(name, get_language())
    except library.NoSuchText as err:
        raise Http404 from err
    return render(request, "help/page.html", {"text": text})


@require_safe
@login_not_required
@open_with_start_password
def guide(request: HttpRequest, name: str) -> HttpResponse:
    """Show a guide for operators and developers, in English unless there is a translation."""
    language = library.guide_language(name, get_language())
    try:
        text = library.guide(name, language)
    except library.NoSuchText as err:
        raise Http404 from err
    return render(
        request, "help/page.html", {"text": text, "is_english": language == library.GUIDE_LANGUAGE}
    )
