from __future__ import annotations

from django.contrib import messages
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.permission_matrix import Action
from edu_platform.lib.http import see_other
from edu_platform.lib.paging import PAGE_SIZE
from replays import access
from replays.exports import (
    TooManyExports,
    TooManyRows,
    export_response,
    too_many_exports_text,
    too_many_text,
)
from replays.forms.addresses import ExportForm, FilterForm
from replays.search.filters import in_state, narrowed
from replays.selectors.lists import PageWanted, address_of


@require_safe
def export(request: SignedInRequest) -> HttpResponseBase:
    """All replays matching the list's filters as a file; without a state, those of every state."""
    access.require(request.user, Action.EXPORT_REPLAYS)
    filters = FilterForm(request.GET).filters()
    replays = narrowed(access.replays_for(request.user), filters)
    if filters.state:
        replays = in_state(replays, filters.state)
    is_csv = ExportForm(request.GET).chosen() == "csv"
    try:
        return export_response(request, replays, is_csv=is_csv, at=timezone.now())
    except TooManyRows as err:
        messages.error(request, too_many_text(err.count))
    except TooManyExports:
        messages.error(request, too_many_exports_text())
    page = PageWanted(number=1, page_size=PAGE_SIZE, path=reverse("replays:list"))
    return see_other(address_of(page, filters.as_query()))
