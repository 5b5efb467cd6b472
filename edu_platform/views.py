from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from schedule.access import begins_with_day


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Each person's start page."""
    return redirect("schedule:today" if begins_with_day(request.user) else "schedule:this_week")
