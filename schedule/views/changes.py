"""The page behind a notice of several changed lessons."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from edu_platform.lib.paging import PageForm
from schedule import access
from schedule.selectors.timetable_changes import changes_seen_by


@require_safe
def timetable_change(request: SignedInRequest, code: str) -> HttpResponse:
    """What one action changed, as far as it concerns who looks; nothing of that is missing like an unknown one."""
    action = access.get_planning_action(code)
    form = PageForm(request.GET)
    found = changes_seen_by(
        request.user,
        action,
        number=form.page_number(),
        page_size=form.size(),
        path=request.path,
    )
    if not found.rows:
        raise Http404
    context = {"found": found, "time_zone": timezone.get_default_timezone_name()}
    return render(request, "schedule/timetable_change.html", context)
