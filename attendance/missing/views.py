"""The page of lessons whose attendance has not come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from attendance.access import require
from attendance.enums import MissingReason
from attendance.missing.overdue import GIVEN_UP_SHOWN_FOR, OVERDUE_AFTER, overdue
from attendance.models import RoomStatistics
from edu_platform.lib.formatting import next_moment_text
from edu_platform.lib.paging import PageForm, pager_of
from schedule.models import Lesson


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A room whose statistics have not come."""

    lesson: Lesson
    room_number: str
    ended_at: dt.datetime
    # Empty while it is still asked for.
    reason: str
    # Empty once it is asked for no more.
    next: str


@require_safe
def missing_attendance(request: SignedInRequest) -> HttpResponse:
    require(request.user, Action.SEE_MISSING_ATTENDANCE)
    now = timezone.now()
    rows = overdue(now).select_related("room__lesson__course", "room__lesson__teacher")
    page_form = PageForm(request.GET)
    pages = Paginator(rows.order_by("-ended_at", "-pk"), page_form.size())
    page = pages.get_page(page_form.page_number())
    context = {
        "lines": [_line(statistics, now) for statistics in page],
        "pager": pager_of(page, path=reverse("attendance:missing"), query={}),
        "overdue_hours": OVERDUE_AFTER // dt.timedelta(hours=1),
        "shown_days": GIVEN_UP_SHOWN_FOR.days,
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "attendance/missing.html", context)


def _line(statistics: RoomStatistics, at: dt.datetime) -> MissingLine:
    room, reason = statistics.room, statistics.missing_reason
    assert room.lesson is not None  # noqa: S101 -- those of no lesson are left out
    return MissingLine(
        lesson=room.lesson,
        room_number=str(room.room_id),
        ended_at=statistics.ended_at,
        reason=str(MissingReason(reason).label) if reason else "",
        next="" if reason else next_moment_text(statistics.due_at or at, at),
    )
