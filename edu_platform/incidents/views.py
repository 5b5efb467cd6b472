"""Administrators' pages of incidents with personal data: the list, one of them, noted and changed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.models import Incident
from accounts.permissions import Action
from edu_platform.incidents.access import get_incident
from edu_platform.incidents.forms import IncidentForm
from edu_platform.incidents.reading import incident_list
from edu_platform.incidents.words import LABELS, facts_of, value_in_words
from edu_platform.incidents.writing import change_incident, note_incident, version_of_incident
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, form_status, see_other
from edu_platform.lib.paging import PageForm
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.access import require
from schedule.lessons.meanwhile import Meanwhile, Unlike, saving_overwrites


def page_of(incident: Incident) -> str:
    return reverse("incidents:incident", args=[incident.code])


@require_safe
def incidents(request: SignedInRequest) -> HttpResponse:
    require(request.user, Action.NOTE_INCIDENTS)
    listed = incident_list(PageForm(request.GET), path=reverse("incidents:incidents"))
    return render(request, "incidents/list.html", {"listed": listed})


@require_safe
def incident(request: SignedInRequest, code: str) -> HttpResponse:
    incident = get_incident(request.user, code)
    context = {"incident": incident, "facts": facts_of(incident)}
    return render(request, "incidents/incident.html", context)


@require_http_methods(READ_AND_WRITE)
def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, Action.NOTE_INCIDENTS)
    form = IncidentForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form_page(request, form, None, status=form_status(form))
    noted = note_incident(form.cleaned_data, by=request.user)
    messages.success(request, _("The incident was noted."))
    return see_other(page_of(noted))


@require_http_methods(READ_AND_WRITE)
def change(request: SignedInRequest, code: str) -> HttpResponse:
    incident = get_incident(request.user, code)
    form = IncidentForm(request.POST if request.method == "POST" else None, incident=incident)
    known = known_in(request.POST)
    if not form.is_valid():
        return _form_page(request, form, incident, known=known, status=form_status(form))
    try:
        has_changed = change_incident(incident, form.cleaned_data, known=known, by=request.user)
    except NotAsShown as err:
        meanwhile = _changed_meanwhile(form, err.now)
        return _form_page(request, form, err.now, meanwhile=meanwhile, status=CONFLICT)
    if has_changed:
        messages.success(request, _("The incident was changed."))
    else:
        messages.info(request, _("Nothing was changed."))
    return see_other(page_of(incident))


def _changed_meanwhile(form: IncidentForm, now: Incident) -> Meanwhile:
    """Say what somebody else has made of the fields that the form would change."""
    sent = Incident(**form.cleaned_data)
    unlike = [
        Unlike(str(label), value_in_words(now, name), value_in_words(sent, name))
        for name, label in LABELS.items()
        if getattr(now, name) != getattr(sent, name)
    ]
    return Meanwhile(
        heading=_("The incident has changed since you opened this page"),
        unlike=unlike,
        advice=saving_overwrites(),
    )


def _form_page(
    request: SignedInRequest,
    form: IncidentForm,
    incident: Incident | None,
    *,
    known: str = "",
    meanwhile: Meanwhile | None = None,
    status: int,
) -> HttpResponse:
    """Render the form; `known` is the version that it showed before, where its page shows no other one now."""
    version = "" if incident is None else version_of_incident(incident)
    context = {
        "form": form,
        "incident": incident,
        "known": known or version,
        "meanwhile": meanwhile,
        "back": reverse("incidents:incidents") if incident is None else page_of(incident),
    }
    return render(request, "incidents/form.html", context, status=status)
