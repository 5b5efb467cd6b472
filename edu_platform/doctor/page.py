"""The doctor's page in the administration: the checks of the command, run on this web machine."""

from __future__ import annotations

import threading
from collections import Counter

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from edu_platform.doctor.catalogue import CHECKS
from edu_platform.doctor.findings import Finding, Level
from edu_platform.doctor.running import PAGE_WITHIN_S, run_checks
from edu_platform.doctor.wording import level_text, total_text
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE

# Administrators, and no planners: who may change how the platform works.
PERMISSION = "accounts.change_schoolsettings"

# What is worst is read first.
ORDER = (Level.ERROR, Level.WARNING, Level.OK)

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
    rows = sorted(found, key=lambda finding: ORDER.index(finding.level))
    return {
        "rows": [(finding, level_text(finding.level)) for finding in rows],
        "total": total_text(Counter(finding.level for finding in found)),
    }
