"""The yearly report on personal data, for administrators: its page, on paper too, and the same as a file."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.decorators import SignedInRequest
from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.http import file_response
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from edu_platform.yearly_report.files import report_file, report_file_name
from edu_platform.yearly_report.report import Report, report_of
from edu_platform.yearly_report.years import year_of
from schedule.access import require


def get_report(user: User, number: int) -> Report:
    """Return the report of a year, for administrators.

    Raises:
        Http404: it is not for this person, the year is still to come, or nothing is kept of it.
    """
    require(user, Action.SEE_PRIVACY_REPORT)
    year = year_of(number, today=timezone.localdate())
    if year is None:
        raise Http404
    return report_of(year)


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
