from __future__ import annotations

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from attendance.access import require
from attendance.month_export.files import month_file, month_file_name, month_rows
from attendance.month_export.work import begin_export, is_long_export
from edu_platform.lib.http import file_response
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from schedule.hours.forms import month_in
from schedule.work.views import see_work


@require_GET
def lessons_xlsx(request: SignedInRequest) -> HttpResponse:
    """Answer with a month as a file, or with the page of the work that makes it; a malformed month is this one."""
    require(request.user, Action.EXPORT_ATTENDANCE)
    month = month_in(request.GET, timezone.now())
    row_count = month_rows(month)
    if is_long_export(row_count):
        return see_work(request, begin_export(month, by=request.user, row_count=row_count))
    with month_file(month, row_count) as file:
        content = file.read()
    return file_response(content, name=month_file_name(month), content_type=XLSX_TYPE)
