"""The yearly report on personal data, for administrators: its page, on paper too, and the same as a file."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.http import file_response
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from edu_platform.yearly_report.access import get_report
from edu_platform.yearly_report.files import report_file, report_file_name
from schedule.access import require


@require_safe
def this_year(request: SignedInRequest) -> HttpResponse:
    require(request.user, Action.SEE_PRIVACY_REPORT)
    return redirect("yearly_report:report", timezone.localdate().year)


@require_safe
def report(request: SignedInRequest, year: int) -> HttpResponse:
    report = get_report(request.user, year)
    context = {"report": report, "xlsx_url": reverse("yearly_report:file", args=[year])}
    return render(request, "yearly_report/report.html", context)


@require_GET
def file(request: SignedInRequest, year: int) -> HttpResponse:
    report = get_report(request.user, year)
    return file_response(report_file(report), name=report_file_name(report), content_type=XLSX_TYPE)
