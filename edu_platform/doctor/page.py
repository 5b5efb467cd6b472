"""The doctor's page in the administration: the checks of the command, run on this web machine."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from edu_platform.doctor.catalogue import CHECKS
from edu_platform.doctor.findings import Finding, Level
from edu_platform.doctor.running import PAGE_WITHIN_S, run_checks
from edu_platform.doctor.variables import in_words_of_pages
from edu_platform.doctor.wording import level_text, topic_text, total_text
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE

# Administrators, and no planners: who may change how the platform works.
PERMISSION = "accounts.change_schoolsettings"

# What is worst is read first.
ORDER = (Level.ERROR, Level.WARNING, Level.OK)
ICONS = {Level.ERROR: "✕", Level.WARNING: "▲", Level.OK: "✓"}


@dataclass(frozen=True, slots=True)
class Row:
    """A finding for people who know none of its names: those are for the command, and for its documentation."""

    finding: Finding

    @property
    def state(self) -> str:
        return level_text(self.finding.level)

    @property
    def icon(self) -> str:
        return ICONS[self.finding.level]

    @property
    def topic(self) -> str:
        return topic_text(self.finding.topic)

    @property
    def text(self) -> str:
        return in_words_of_pages(self.finding)[0]

    @property
    def advice(self) -> str:
        return in_words_of_pages(self.finding)[1]


_one_at_a_time = threading.Lock()


@require_http_methods(READ_AND_WRITE)
def doctor_page(request: HttpRequest, site_context: dict[str, object]) -> HttpResponse:
    """The button; after it what was found. Looking at the page sends nothing anywhere."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    context = {**site_context, "title": _("Check the installation")}
    if request.method != "POST":
        return _page(request, context)
    if not _one_at_a_time.acquire(blocking=False):
        return _page(request, {**context, "is_running": True}, status=CONFLICT)
    try:
        found = run_checks(CHECKS, within_s=PAGE_WITHIN_S)
    finally:
        _one_at_a_time.release()
    return _page(request, {**context, **_results(found)})


def _page(request: HttpRequest, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    return TemplateResponse(request, "admin/doctor.html", context, status=status)


def _results(found: list[Finding]) -> dict[str, object]:
    rows = [Row(finding) for finding in sorted(found, key=lambda each: ORDER.index(each.level))]
    return {
        "has_run": True,
        "not_in_order": [row for row in rows if row.finding.level is not Level.OK],
        "in_order": [row for row in rows if row.finding.level is Level.OK],
        "total": total_text(Counter(finding.level for finding in found)),
    }
