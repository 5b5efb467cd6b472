"""The timetable of the whole school as one table (总课表): its page, the same as a file, and on paper."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import file_response, with_query
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from schedule.matrix.choice import Paper, paper_in
from schedule.matrix.files import matrix_file, matrix_file_name
from schedule.matrix.labels import CourseLabels
from schedule.matrix.pages import MatrixPage, matrix_page
from schedule.matrix.ways import address_of, ways_of
from schedule.timetable.forms import DayForm, day_field_context
from schedule.timetable.timetables import next_day_with_lessons, whole_timetable


@require_safe
def matrix(request: SignedInRequest, day: dt.date | None = None) -> HttpResponse:
    """Show the table; `day` of the address comes from the date field, and leads to the page of that day."""
    chosen_day = DayForm(request.GET).chosen_day()
    if chosen_day is not None:
        query = {name: str(value) for name, value in request.GET.items() if name != "day"}
        return redirect(with_query(reverse("schedule:matrix_day", args=[chosen_day]), query))
    page = _page(request, day)
    context = {
        **_shown(page),
        "ways": ways_of(page),
        **day_field_context(),
        "next_day": _next_day(page),
    }
    return render(request, "schedule/matrix/matrix.html", context)


@require_GET
def matrix_xlsx(request: SignedInRequest, day: dt.date | None = None) -> HttpResponse:
    """Answer with the same as a file: 8,000 lessons take a fraction of a second, so that no worker makes it."""
    page = _page(request, day)
    name = matrix_file_name(page)
    return file_response(matrix_file(page), name=name, content_type=XLSX_TYPE)


@require_safe
def matrix_print(request: SignedInRequest, day: dt.date | None = None) -> HttpResponse:
    """Show the same on paper, without drafts: paper is for everybody."""
    page = _page(request, day, leaves_out_drafts=True)
    paper = paper_in(request.GET)
    path = reverse("schedule:matrix_print_day", args=[page.day])
    query = page.choice.as_query()
    context = {
        **_shown(page),
        "paper": paper,
        "papers": [
            (name, with_query(path, {**query, "paper": name}), name is paper) for name in Paper
        ],
        "labels": CourseLabels(course.name for course in page.lessons.courses.values()),
        "back_url": address_of(page.day, page.choice),
        "next_day": _next_day(page, "matrix_print_day"),
    }
    return render(request, "schedule/matrix/print.html", context)


def _page(
    request: SignedInRequest, day: dt.date | None, *, leaves_out_drafts: bool = False
) -> MatrixPage:
    now = timezone.now()
    return matrix_page(
        request.user,
        request.GET,
        day or timezone.localdate(now),
        at=now,
        leaves_out_drafts=leaves_out_drafts,
    )


def _shown(page: MatrixPage) -> dict[str, Any]:
    return {"school": page.school, "page": page, "matrix": page.matrix, "choice": page.choice}


def _next_day(page: MatrixPage, name: str = "matrix_day") -> dict[str, object] | None:
    """Return where lessons are again, from a day or week without any; one query then."""
    if page.lessons.lessons:
        return None
    day = next_day_with_lessons(page.days[-1], whole_timetable(with_drafts=page.with_drafts))
    return None if day is None else {"date": day, "url": address_of(day, page.choice, name)}
