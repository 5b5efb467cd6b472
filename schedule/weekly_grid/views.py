"""The page on which planners edit the weekly lessons of a term as a grid."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from schedule.terms.access import get_term_for
from schedule.weekly_grid.choice import grid_choice
from schedule.weekly_grid.pages import grid_page
from schedule.weekly_grid.ways import ways_of


@require_safe
def weekly_grid(request: SignedInRequest, code: str) -> HttpResponse:
    """Show class groups or teachers by weekday and period; each place leads to a form that comes back here."""
    term = get_term_for(request.user, code)
    page = grid_page(term, grid_choice(request.GET))
    context = {"term": term, "page": page, "choice": page.choice, "ways": ways_of(page)}
    return render(request, "schedule/terms/grid.html", context)
