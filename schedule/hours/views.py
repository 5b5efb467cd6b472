"""Pages of how much somebody teaches in a month: a table of everybody, and the lessons behind each row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from accounts.decorators import SignedInRequest
from accounts.hooks import OwnLink
from accounts.models import User
from edu_platform.lib.http import file_response, with_query
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from schedule.access import may_see_hours
from schedule.enums import HoursColumn
from schedule.hooks import month_files
from schedule.hours.access import HoursChoice, get_hours_choice
from schedule.hours.export_work import begin_export, is_long_export
from schedule.hours.files import hours_file, hours_file_name
from schedule.hours.forms import month_in
from schedule.hours.months import FIRST_MONTH, LAST_MONTH, Month
from schedule.hours.reading import CountedLesson, counted_lessons, hours_of, listed_count, total_of
from schedule.hours.real_hours import RealHours, RealTeachingOfMonth
from schedule.work.views import see_work


def hours_links(user: User) -> Iterator[OwnLink]:
    """For the profile of those who have hours, or look at others'; no query."""
    if may_see_hours(user):
        yield OwnLink(reverse("schedule:hours"), _("Teaching hours"))


# --- Pages and files ------------------------------------------------------------------------------


@require_safe
def hours(request: SignedInRequest) -> HttpResponse:
    choice = get_hours_choice(request.user, request.GET)
    now = timezone.now()
    month = month_in(request.GET, now)
    rows = hours_of(month, at=now, person=choice.person)
    real = RealTeachingOfMonth(month, choice.person)
    context = {
        "choice": choice,
        "month": month,
        "first_month": FIRST_MONTH,
        "last_month": LAST_MONTH,
        "columns": HoursColumn,
        "rows": [
            (row, real.of_teacher(row.person.pk), _address(month, row.person.username))
            for row in rows
        ],
        "total": None if choice.person else total_of(rows),
        "real_total": real.total,
        "further_files": month_files(request.user, month.first_day),
        "lessons": _lessons(request.user, choice, month, real, now),
        "time_zone": timezone.get_default_timezone_name(),
        **_addresses(choice, month),
    }
    return render(request, "schedule/hours.html", context)


@require_GET
def hours_xlsx(request: SignedInRequest) -> HttpResponse:
    choice = get_hours_choice(request.user, request.GET)
    now = timezone.now()
    month = month_in(request.GET, now)
    rows = hours_of(month, at=now, person=choice.person)
    if choice.person is None and is_long_export(row_count := listed_count(rows)):
        work = begin_export(month, by=request.user, row_count=row_count)
        return see_work(request, work)
    lessons = counted_lessons(month, at=now, person=choice.person)
    content = hours_file(month, rows, lessons, RealTeachingOfMonth(month, choice.person))
    return file_response(content, name=hours_file_name(month), content_type=XLSX_TYPE)


def _lessons(
    user: User, choice: HoursChoice, month: Month, real: RealTeachingOfMonth, now: dt.datetime
) -> list[tuple[CountedLesson, RealHours, bool]]:
    """The lessons of a single person, how long each was really held, and whether its page is for who looks."""
    if choice.person is None:
        return []
    return [
        (lesson, real.of_lesson(lesson), choice.sees_all or _is_theirs(lesson, user))
        for lesson in counted_lessons(month, at=now, person=choice.person)
    ]


def _is_theirs(lesson: CountedLesson, user: User) -> bool:
    return lesson.teacher.pk == user.pk or lesson.counts_as == HoursColumn.ASSISTED


def _addresses(choice: HoursChoice, month: Month) -> dict[str, str | None]:
    username = choice.person.username if choice.person and choice.sees_all else ""
    query = {"teacher": username} if username else {}
    page = reverse("schedule:hours")
    return {
        "previous_url": _address(month.previous, username),
        "next_url": _address(month.next, username),
        "this_month_url": with_query(page, query),
        "everybody_url": _address(month) if choice.sees_all and choice.person else None,
        "xlsx_url": with_query(reverse("schedule:hours_xlsx"), {**query, "month": str(month)}),
    }


def _address(month: Month | None, username: str = "") -> str | None:
    """The page of a month; None before the first and after the last one."""
    if month is None:
        return None
    query = {"teacher": username} if username else {}
    return with_query(reverse("schedule:hours"), {**query, "month": str(month)})
