"""The cost of recording: a page for staff, and the same as a file."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.http import file_response, with_query
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from replays import access
from replays.usage.counting import usage_of
from replays.usage.periods import PeriodForm
from replays.usage.sheets import usage_file


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    access.require(request.user, Action.SEE_RECORDING_COSTS)
    form = PeriodForm(request.GET, today=timezone.localdate())
    period = form.chosen()
    context = {
        "form": form,
        "period": period,
        "usage": usage_of(period),
        "xlsx_url": with_query(reverse("replays:usage_xlsx"), {"period": period.key}),
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "replays/usage.html", context)


@require_safe
def xlsx(request: SignedInRequest) -> HttpResponse:
    access.require(request.user, Action.SEE_RECORDING_COSTS)
    period = PeriodForm(request.GET, today=timezone.localdate()).chosen()
    name = f"{_('What recording costs')} {period.name}.xlsx"
    return file_response(usage_file(usage_of(period)), name=name, content_type=XLSX_TYPE)
