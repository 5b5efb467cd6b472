from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import get_template
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from edu_platform.lib import trace_ids
from edu_platform.start.state import leads_to_start
from schedule.access import begins_with_day


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Each person's start page; that of staff is the first hour, as long as the school is set up."""
    if leads_to_start(request.user, timezone.now()):
        return redirect("start:start")
    return redirect("schedule:today" if begins_with_day(request.user) else "schedule:this_week")


def failed(_request: HttpRequest) -> HttpResponse:
    """The page for a fault of ours: with nothing that may be what failed, and the number that the log has."""
    page = get_template("500.html").render({"reference": trace_ids.request_id()})
    return HttpResponse(page, status=500)
