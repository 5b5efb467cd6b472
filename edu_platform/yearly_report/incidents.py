"""The incidents that were noticed in a year."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Incident
from edu_platform.incidents.words import LABELS, value_in_words
from edu_platform.yearly_report.section import Link, Section
from edu_platform.yearly_report.years import Year

COLUMNS = (
    "noticed_on",
    "what",
    "kinds",
    "people_count",
    "mended",
    "authority_told_on",
    "people_told_on",
)


def incidents_section(year: Year) -> Section:
    """Return the incidents, the first one first; one query."""
    incidents = list(
        Incident.objects.filter(noticed_on__range=(year.first_day, year.last_day)).order_by(
            "noticed_on", "pk"
        )
    )
    return Section(
        name="incidents",
        title=_("Incidents with personal data"),
        words=_("Those that were noticed in this year."),
        heads=[str(LABELS[name]) for name in COLUMNS],
        rows=[[_cell(incident, name) for name in COLUMNS] for incident in incidents],
        addresses=[reverse("incidents:incident", args=[incident.code]) for incident in incidents],
        without_rows=_("No incident was noted for this year."),
        link=Link(reverse("incidents:incidents"), _("All incidents")),
    )


def _cell(incident: Incident, name: str) -> str | int:
    if name == "people_count" and incident.people_count is not None:
        return incident.people_count
    return value_in_words(incident, name)
