"""The hours of everybody as a file, where they are many: a worker makes it, and it is kept with the work."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.http import with_query
from edu_platform.lib.progress import Phase, counted
from schedule.hours.files import hours_file, hours_file_name
from schedule.hours.month_work import begin_month_work, month_work
from schedule.hours.months import Month
from schedule.hours.reading import counted_lessons, hours_of
from schedule.hours.real_hours import RealTeachingOfMonth
from schedule.models import Work

# More lessons than these take a small server more than two seconds to write into a sheet.
LONG_FROM_ROWS = 8_000


def is_long_export(row_count: int) -> bool:
    return row_count > LONG_FROM_ROWS


def begin_export(month: Month, *, by: User, row_count: int) -> Work:
    return begin_month_work(
        EXPORT_HOURS,
        month,
        by=by,
        scope="hours",
        row_count=row_count,
        file_name=hours_file_name(month),
    )


def _make(month: Month, _row_count: int) -> bytes:
    at = timezone.now()
    rows, lessons = hours_of(month, at=at), counted_lessons(month, at=at)
    filling = counted(lessons, Phase.FILLING, len(lessons))
    return hours_file(month, rows, filling, RealTeachingOfMonth(month))


EXPORT_HOURS = month_work(
    name="schedule.export_hours",
    action=Action.SEE_ALL_HOURS,
    make=_make,
    title=_("Teaching hours of %(month)s as XLSX"),
    back=lambda month: with_query(reverse("schedule:hours"), {"month": str(month)}),
    way_back=_("To the teaching hours"),
)
