"""Pages of what is in conflict: in a term, and among the students within the coming days."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.paging import PageForm
from schedule import access
from schedule.models import Term
from schedule.terms.access import get_term_for
from schedule.terms.conflict_list import (
    TOLD_BEFORE,
    Found,
    coming_conflicts,
    conflict_list,
    conflicts_of,
)


@require_safe
def term_conflicts(request: SignedInRequest, code: str) -> HttpResponse:
    term = get_term_for(request.user, code)
    return _page(request, conflicts_of(term, at=timezone.now()), term)


@require_safe
def conflicts(request: SignedInRequest) -> HttpResponse:
    """Show the conflicts of students alone, and of lessons of no term as well."""
    access.require(request.user, Action.PLAN_LESSONS)
    return _page(request, coming_conflicts(timezone.now()), None)


def _page(request: SignedInRequest, found: Sequence[Found], term: Term | None) -> HttpResponse:
    form = PageForm(request.GET)
    shown = conflict_list(
        found,
        term=term,
        number=form.page_number(),
        page_size=form.size(),
        path=request.path,
        at=timezone.now(),
    )
    context = {
        "term": term,
        "found": shown,
        "days": TOLD_BEFORE.days,
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "schedule/terms/conflicts.html", context)
