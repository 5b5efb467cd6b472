"""The page behind a notice of several changed lessons."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action, may
from edu_platform.lib.paging import PageForm
from schedule import access
from schedule.changes.access import get_planning_action
from schedule.changes.reading import changes_seen_by
from schedule.enums import ActionOrigin


@require_safe
def timetable_change(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the changes of one action that concern who looks; if none does, answer as for an unknown action."""
    action = get_planning_action(code)
    form = PageForm(request.GET)
    change = changes_seen_by(
        request.user,
        action,
        number=form.page_number(),
        page_size=form.size(),
        path=request.path,
    )
    if not change.rows:
        raise Http404
    is_planner = may(Action.PLAN_LESSONS, access.general_relations(request.user))
    context = {
        "found": change,
        "time_zone": timezone.get_default_timezone_name(),
        # Only planners see that an import can be undone, or was.
        "imported": action if is_planner and action.origin == ActionOrigin.IMPORT else None,
        "undoes": action.undoes if is_planner else None,
    }
    return render(request, "schedule/timetable_change.html", context)
