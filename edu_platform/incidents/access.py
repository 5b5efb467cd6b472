"""The incidents with personal data, for administrators: the only door from a request to one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Model
from django.http import Http404
from django.urls import reverse

from accounts.hooks import Place
from accounts.models import Incident, User
from accounts.permissions import Action
from edu_platform.lib.text import storable_text
from schedule.access import require


def get_incident(user: User, code: str) -> Incident:
    """Return the incident of this code, with the person who noted it.

    Raises:
        Http404: there is none, or not for this person.
    """
    require(user, Action.NOTE_INCIDENTS)
    incidents = Incident.objects.select_related("noted_by")
    incident = incidents.filter(code=storable_text(code)).first()
    if incident is None:
        raise Http404
    return incident


def seen_at(model: type[Model], keys: Collection[Any]) -> Mapping[Any, Place] | None:
    """Return the pages of incidents, by key; None: it is about another table."""
    if model is not Incident:
        return None
    return {
        incident.pk: Place(
            str(incident.noticed_on), reverse("incidents:incident", args=[incident.code])
        )
        for incident in Incident.objects.filter(pk__in=keys)
    }
