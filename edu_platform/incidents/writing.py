"""Writes on incidents: noted and changed, each with an entry in the audit log that repeats none of their texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import translation

from accounts.enums import AuditKind
from accounts.models import Incident, User
from accounts.services import audit
from edu_platform.incidents.words import LABELS
from edu_platform.lib.versions import require_as_shown, version_of


def version_of_incident(incident: Incident) -> str:
    """Return the version of what the form of an incident shows."""
    return version_of(incident.pk, *(getattr(incident, name) for name in LABELS))


@transaction.atomic
def note_incident(values: Mapping[str, Any], *, by: User) -> Incident:
    incident = Incident.objects.create(noted_by=by, **values)
    audit.record_row(AuditKind.INCIDENT_NOTED, incident, by=by)
    return incident


@transaction.atomic
def change_incident(incident: Incident, values: Mapping[str, Any], *, known: str, by: User) -> bool:
    """Change an incident, and return whether anything is another than before.

    Raises:
        NotAsShown: it is not what its form showed.
    """
    now = Incident.objects.select_for_update(no_key=True).get(pk=incident.pk)
    require_as_shown(now, known, version_of_incident(now))
    changed = [name for name in LABELS if getattr(now, name) != values[name]]
    if not changed:
        return False
    for name in changed:
        setattr(now, name, values[name])
    now.save(update_fields=changed)
    changes = [{"changed": {"fields": _english(changed)}}]
    audit.record_row(AuditKind.INCIDENT_CHANGED, now, changes=changes, by=by)
    return True


def _english(names: list[str]) -> list[str]:
    """Return what the fields are called in the language of the source, which the log translates as it is read."""
    with translation.override(None):
        return [str(LABELS[name]) for name in names]
