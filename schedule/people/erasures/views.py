"""Ask for the erasing of a person, confirm or withdraw it, follow it, and decide about what is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.erasing import asking, places
from accounts.erasing.asking import NotAsked
from accounts.erasing.names import strikes_text_usually
from accounts.erasing.refusals import Asking, NotErasable, refusals_of
from accounts.hooks import ErasureRefusal
from accounts.models import Erasure, ErasurePlace, User
from accounts.services.appointing import may_look_after
from accounts.sign_in.code_again import require_code_again
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    UNPROCESSABLE,
    require_post_or_explain,
    see_other,
)
from edu_platform.lib.live_pages import LivePage, known_version, render_live, unchanged
from edu_platform.lib.paging import PageForm
from edu_platform.lib.versions import version_of
from schedule.hooks import erasure_panels
from schedule.people.erasures.access import (
    get_erasure,
    get_person_to_erase,
    get_places,
    require_erasing,
)
from schedule.people.erasures.forms import AskForm, ConfirmForm
from schedule.people.erasures.reading import (
    ErasurePage,
    erasure_page,
    list_of_erasures,
    next_try,
)

ASKS_EVERY_S = 2


@require_safe
def erasures(request: SignedInRequest) -> HttpResponse:
    require_erasing(request.user)
    form = PageForm(request.GET)
    erasures = list_of_erasures(number=form.page_number(), page_size=form.size())
    return render(request, "people/erasures.html", {"found": erasures})


@require_http_methods(READ_AND_WRITE)
def ask(request: SignedInRequest, code: str) -> HttpResponse:
    """Say what becomes of a person who is erased, and what stands against it; POST asks for it, after a code."""
    person = get_person_to_erase(request.user, code)
    form = AskForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        status = UNPROCESSABLE if form.is_bound else 200
        return _asking_page(request, person, form, status=status)
    require_code_again(request, request.user)
    try:
        erasure = asking.ask(person, by=request.user, reason=form.cleaned_data["reason"])
    except NotErasable as err:
        return _asking_page(request, person, form, refusals=err.refusals, status=CONFLICT)
    messages.success(request, _("Asked for. Another administrator confirms it on this page."))
    return see_other(erasure.get_absolute_url())


def _asking_page(
    request: SignedInRequest,
    person: User,
    form: AskForm,
    *,
    refusals: Sequence[ErasureRefusal] | None = None,
    status: int = 200,
) -> HttpResponse:
    erasure = Erasure.objects.filter(person=person).first()
    if refusals is None:
        refusals = refusals_of(Asking(person, request.user), erasure)
    is_there = erasure is not None and (erasure.is_asked or person.erasing_since is not None)
    context = {
        "person": person,
        "form": form,
        "refusals": refusals,
        "erasure": erasure if is_there else None,
    }
    return render(request, "people/erasure_ask.html", context, status=status)


@require_safe
def erasure(request: SignedInRequest, key: str) -> HttpResponse:
    """Show how far the erasing of one person is, and what is left; its script follows it."""
    return _page(request, get_erasure(request.user, key))


def _page(
    request: SignedInRequest,
    erasure: Erasure,
    *,
    form: ConfirmForm | None = None,
    refusals: Sequence[ErasureRefusal] = (),
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    page = erasure_page(erasure, request.user, number=PageForm(request.GET).page_number())
    live = _live(request, page, at)
    if known_version(request) == live.version:
        return unchanged()
    usual = {"strikes_text": strikes_text_usually(erasure.person)}
    context = {
        "page": page,
        "erasure": erasure,
        "person": erasure.person,
        "confirm_form": form or ConfirmForm(initial=usual),
        "refusals": refusals,
        "next_try": next_try(erasure, at),
        "panels": erasure_panels(erasure.person, request.user),
    }
    return render_live(
        request, "people/erasure.html", "people/_erasure_parts.html", context, live, status=status
    )


def _live(request: SignedInRequest, page: ErasurePage, at: dt.datetime) -> LivePage:
    return LivePage(
        address=request.get_full_path(),
        version=version_of(page.version),
        shown_at=at,
        asks_every_s=ASKS_EVERY_S if page.erasure.is_under_way else None,
    )


@require_post_or_explain("people:erasure")
def confirm(request: SignedInRequest, key: str) -> HttpResponse:
    """Begin to erase whom another administrator has asked to be erased, after a code."""
    erasure = get_erasure(request.user, key)
    form = ConfirmForm(request.POST)
    form.is_valid()
    if not erasure.is_asked:
        return _too_late(request, erasure)
    if not may_look_after(request.user, erasure.person):
        messages.error(request, _("Only a superuser confirms it for somebody with such power."))
        return see_other(erasure.get_absolute_url())
    require_code_again(request, request.user)
    try:
        asking.confirm(
            erasure, by=request.user, strikes_text=form.cleaned_data.get("strikes_text", False)
        )
    except NotAsked:
        return _too_late(request, erasure)
    except NotErasable as err:
        return _page(request, erasure, form=form, refusals=err.refusals, status=CONFLICT)
    return see_other(erasure.get_absolute_url())


def _too_late(request: SignedInRequest, erasure: Erasure) -> HttpResponse:
    messages.info(request, _("Somebody has confirmed or withdrawn it meanwhile."))
    return see_other(erasure.get_absolute_url())


@require_post_or_explain("people:erasure")
def withdraw(request: SignedInRequest, key: str) -> HttpResponse:
    erasure = get_erasure(request.user, key)
    try:
        asking.withdraw(erasure, by=request.user)
    except NotAsked:
        return _too_late(request, erasure)
    messages.success(request, _("The request is withdrawn. Nothing was changed."))
    return see_other(erasure.get_absolute_url())


@require_post_or_explain("people:erasure")
def check(request: SignedInRequest, key: str) -> HttpResponse:
    """Look once more at the places that were left."""
    erasure = get_erasure(request.user, key)
    count = places.check_again(erasure)
    words = ngettext(
        "Checked: %(count)s place is to be decided.",
        "Checked: %(count)s places are to be decided.",
        count,
    )
    messages.info(request, words % {"count": count})
    return see_other(erasure.get_absolute_url())


@require_post_or_explain("people:erasure")
def decide(request: SignedInRequest, key: str) -> HttpResponse:
    """Strike the name out in the places that are chosen (`place`), or leave it there (`action`: strike or leave)."""
    erasure = get_erasure(request.user, key)
    chosen = get_places(erasure, request.POST.getlist("place"))
    if not chosen:
        messages.info(request, _("Choose first which places you mean."))
    elif request.POST.get("action") == "strike":
        _strike(request, chosen)
    else:
        places.leave(chosen)
        messages.success(request, _("Left as they are."))
    return see_other(erasure.get_absolute_url())


def _strike(request: SignedInRequest, chosen: list[ErasurePlace]) -> None:
    left = 0
    for place in chosen:
        try:
            places.strike(place)
        except places.NotStruck:
            left += 1
    if struck := len(chosen) - left:
        words = ngettext(
            "The name is struck out in %(count)s place.",
            "The name is struck out in %(count)s places.",
            struck,
        )
        messages.success(request, words % {"count": struck})
    if left:
        words = ngettext(
            "%(count)s place stays: another row has the text that would be left. Change it on its own page.",
            "%(count)s places stay: other rows have the text that would be left. Change them on their own pages.",
            left,
        )
        messages.warning(request, words % {"count": left})
