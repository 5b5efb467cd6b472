"""Words of incidents: what their fields are called, and what they hold."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import cast

from django.utils.text import capfirst
from django.utils.translation import gettext
from django_stubs_ext import StrPromise

from accounts.models import Incident
from edu_platform.lib.formatting import NOTHING, listed
from edu_platform.lib.own_data import last_field
from edu_platform.lib.personal_data import Purpose

# The fields in the order in which pages show them, and what they are called there.
LABELS: Mapping[str, StrPromise] = {
    name: cast("StrPromise", capfirst(last_field(Incident, name).verbose_name))
    for name in (
        *("noticed_on", "happened_on", "what", "kinds", "people_count", "mended"),
        *("authority_told_on", "people_told_on", "telling"),
    )
}


def kinds_in_words(incident: Incident) -> str:
    """Return the kinds of data; one that a later release no longer knows is shown by its value."""
    labels = {kind.value: str(kind.label) for kind in Purpose}
    return listed(labels.get(value, value) for value in incident.kinds) or NOTHING


def value_in_words(incident: Incident, name: str) -> str:
    """Return what a field holds, as pages show it."""
    if name == "kinds":
        return kinds_in_words(incident)
    value = getattr(incident, name)
    if value is None:
        return _nothing(name)
    return value.isoformat() if isinstance(value, dt.date) else str(value) or NOTHING


def _nothing(name: str) -> str:
    if name in {"authority_told_on", "people_told_on"}:
        return gettext("not informed")
    return gettext("not known yet")


def facts_of(incident: Incident) -> list[tuple[str, str]]:
    """Return all that is noted of an incident, each with what it is called."""
    return [(str(label), value_in_words(incident, name)) for name, label in LABELS.items()]
