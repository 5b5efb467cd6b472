"""The text of the consent: its versions, a new one with its preview, and the check of a print."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.models import SchoolSettings
from accounts.permissions import Action
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, see_other
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.access import require
from schedule.consents.digests import consent_on_print
from schedule.consents.forms import CheckForm, ConsentTextForm
from schedule.consents.proposal import proposed_texts
from schedule.consents.texts import all_texts, current_text, publish_text, version_of_text
from schedule.models import ConsentText

HERE = "schedule/consents"
NAME = "schedule:consent_text"


@require_http_methods(READ_AND_WRITE)
def consent_text(request: SignedInRequest) -> HttpResponse:
    """Show the versions and the form of a new one; on POST its preview (`check`), or publish it."""
    require(request.user, Action.PUBLISH_CONSENT_TEXT)
    text = current_text()
    if request.method != "POST":
        return _page(request, ConsentTextForm(initial=_initial(text)), text)
    form, known = ConsentTextForm(request.POST), known_in(request.POST)
    if not form.is_valid():
        return _page(request, form, text, known=known, status=UNPROCESSABLE)
    if "publish" not in request.POST:
        return _page(request, form, text, known=known, is_preview="check" in request.POST)
    try:
        publish_text(**form.cleaned_data, known=known, at=timezone.now(), by=request.user)
    except NotAsShown:
        fault = _(
            "Somebody has published another version since you opened this page. Nothing was published; compare yours with it."
        )
        return _page(request, form, current_text(), fault=fault, status=CONFLICT)
    messages.success(request, _("The text is published. Students are asked by it from now on."))
    return see_other(reverse(NAME))


def _initial(text: ConsentText | None) -> dict[str, str]:
    if text is None:
        return proposed_texts(SchoolSettings.load().school_name)
    return {"chinese_text": text.chinese_text, "english_text": text.english_text}


def _page(
    request: SignedInRequest,
    form: ConsentTextForm,
    text: ConsentText | None,
    *,
    known: str = "",
    is_preview: bool = False,
    fault: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "text": text,
        "texts": all_texts(),
        "known": known or version_of_text(text),
        "is_preview": is_preview,
        "fault": fault,
    }
    return render(request, f"{HERE}/text.html", context, status=status)


@require_http_methods(READ_AND_WRITE)
def consent_check(request: SignedInRequest) -> HttpResponse:
    """Compare what stands on the print of a consent with what is kept, also of somebody who was erased."""
    require(request.user, Action.PUBLISH_CONSENT_TEXT)
    form = CheckForm(request.POST if request.method == "POST" else None)
    context = {
        "form": form,
        "is_checked": form.is_valid(),
        "consent": consent_on_print(**form.cleaned_data) if form.is_valid() else None,
    }
    is_refused = form.is_bound and not form.is_valid()
    return render(
        request, f"{HERE}/check.html", context, status=UNPROCESSABLE if is_refused else 200
    )
