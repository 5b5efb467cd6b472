"""The attendance of a month as a file, where it is long: a worker makes it, and it is kept with the work."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import Action
from attendance.month_export.files import month_file, month_file_name
from schedule.hours.month_work import begin_month_work, month_work
from schedule.hours.months import Month
from schedule.models import Work

# A small server makes so many rows while somebody waits.
LONG_FROM_ROWS = 20_000


def is_long_export(row_count: int) -> bool:
    return row_count > LONG_FROM_ROWS


def begin_export(month: Month, *, by: User, row_count: int) -> Work:
    return begin_month_work(
        EXPORT_ATTENDANCE,
        month,
        by=by,
        scope="attendance",
        row_count=row_count,
        file_name=month_file_name(month),
    )


def _make(month: Month, row_count: int) -> bytes:
    with month_file(month, row_count) as file:
        return file.read()


EXPORT_ATTENDANCE = month_work(
    name="attendance.export_month",
    action=Action.EXPORT_ATTENDANCE,
    make=_make,
    title=_("Attendance of %(month)s as XLSX"),
    back=lambda _month: reverse("attendance:own"),
    way_back=_("To the attendance"),
    rows_a_second=10_000,
)
