"""The list of incidents, the newest first."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.utils.text import Truncator

from accounts.models import Incident
from edu_platform.incidents.words import value_in_words
from edu_platform.lib.paging import PageForm, Pager, pager_of

USUAL_SIZE = 20
# So much of what happened stands in lists.
SUMMARY_CHARS = 80


@dataclass(frozen=True, slots=True)
class IncidentLine:
    incident: Incident

    @property
    def summary(self) -> str:
        return Truncator(" ".join(self.incident.what.split())).chars(SUMMARY_CHARS)

    @property
    def people(self) -> str:
        return value_in_words(self.incident, "people_count")

    @property
    def authority_told(self) -> str:
        return value_in_words(self.incident, "authority_told_on")

    @property
    def people_told(self) -> str:
        return value_in_words(self.incident, "people_told_on")


@dataclass(frozen=True, slots=True)
class IncidentList:
    lines: list[IncidentLine]
    pager: Pager


def incident_list(page_form: PageForm, *, path: str) -> IncidentList:
    """Return one page of all incidents; two queries."""
    incidents = Incident.objects.order_by("-noticed_on", "-pk")
    page = Paginator(incidents, page_form.size(USUAL_SIZE)).get_page(page_form.page_number())
    lines = [IncidentLine(incident) for incident in page.object_list]
    return IncidentList(lines, pager_of(page, path=path, query={}, usual_size=USUAL_SIZE))
