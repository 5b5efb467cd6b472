"""The hours of everybody as a file, where they are many: a worker makes it, and it is kept with the work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.http import with_query
from edu_platform.lib.long_work import RunningWork
from edu_platform.lib.progress import Phase, counted
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from schedule.hours.files import hours_file, hours_file_name
from schedule.hours.months import Month
from schedule.hours.reading import counted_lessons, hours_of
from schedule.hours.real_hours import RealTeachingOfMonth
from schedule.models import Work
from schedule.work.files import file_outcome, keep_output
from schedule.work.kinds import Outcome, WorkKind
from schedule.work.writing import begin_work

# More lessons than these take a small server more than two seconds to write into a sheet.
LONG_FROM_ROWS = 8_000


def is_long_export(row_count: int) -> bool:
    return row_count > LONG_FROM_ROWS


def begin_export(month: Month, *, by: User, row_count: int) -> Work:
    return begin_work(
        EXPORT_HOURS,
        by=by,
        scope=f"hours:{by.pk}:{month}:{get_language()}",
        arguments={"year": month.year, "month": month.month},
        row_count=row_count,
        file_name=hours_file_name(month),
    )


def _run(work: RunningWork[Work]) -> None:
    month, at = _month(work.row.arguments), timezone.now()
    rows, lessons = hours_of(month, at=at), counted_lessons(month, at=at)
    filling = counted(lessons, Phase.FILLING, len(lessons))
    content = hours_file(month, rows, filling, RealTeachingOfMonth(month))
    with work.writing(1, rows_a_unit=1) as result:
        keep_output(work.row, result, content, XLSX_TYPE)


def _month(arguments: Mapping[str, Any]) -> Month:
    return Month(arguments["year"], arguments["month"])


def _title(arguments: Mapping[str, Any]) -> str:
    return _("Teaching hours of %(month)s as XLSX") % {"month": _month(arguments)}


def _outcome(work: Work) -> Outcome:
    back = with_query(reverse("schedule:hours"), {"month": str(_month(work.arguments))})
    return file_outcome(work, back=back, way_back=_("To the teaching hours"))


EXPORT_HOURS = WorkKind(
    name="schedule.export_hours",
    action=Action.SEE_ALL_HOURS,
    run=_run,
    title=_title,
    named_by=("year", "month"),
    outcome=_outcome,
)
