"""The attendance of a month as a file, where it is long: a worker makes it, and it is kept with the work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Action
from attendance.month_export.files import month_file, month_file_name
from edu_platform.lib.long_work import RunningWork
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from schedule.hours.months import Month
from schedule.models import Work
from schedule.work.files import file_outcome, keep_output
from schedule.work.kinds import Outcome, WorkKind
from schedule.work.writing import begin_work

# A small server makes so many rows while somebody waits.
LONG_FROM_ROWS = 20_000


def is_long_export(row_count: int) -> bool:
    return row_count > LONG_FROM_ROWS


def begin_export(month: Month, *, by: User, row_count: int) -> Work:
    return begin_work(
        EXPORT_ATTENDANCE,
        by=by,
        scope=f"attendance:{by.pk}:{month}:{get_language()}",
        arguments={"year": month.year, "month": month.month},
        row_count=row_count,
        file_name=month_file_name(month),
    )


def _run(work: RunningWork[Work]) -> None:
    with month_file(_month(work.row.arguments), work.row.row_count) as file:
        content = file.read()
    with work.writing(1, rows_a_unit=1) as result:
        keep_output(work.row, result, content, XLSX_TYPE)


def _month(arguments: Mapping[str, Any]) -> Month:
    return Month(arguments["year"], arguments["month"])


def _title(arguments: Mapping[str, Any]) -> str:
    return _("Attendance of %(month)s as XLSX") % {"month": _month(arguments)}


def _outcome(work: Work) -> Outcome:
    return file_outcome(work, back=reverse("attendance:own"), way_back=_("To the attendance"))


EXPORT_ATTENDANCE = WorkKind(
    name="attendance.export_month",
    action=Action.EXPORT_ATTENDANCE,
    run=_run,
    title=_title,
    named_by=("year", "month"),
    outcome=_outcome,
    rows_a_second=10_000,
)
