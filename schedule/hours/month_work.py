"""Files of a month that a worker makes, where they are long: each is kept with its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import get_language
from django_stubs_ext import StrPromise

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.long_work import RunningWork
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from schedule.hours.months import Month
from schedule.models import Work
from schedule.work.files import file_outcome, keep_output
from schedule.work.kinds import WorkKind
from schedule.work.writing import begin_work


def month_work(
    *,
    name: str,
    action: Action,
    # Called with the month and how many rows it has.
    make: Callable[[Month, int], bytes],
    # It names the month.
    title: StrPromise,
    # The page on which the file is asked for, and the words that lead back to it.
    back: Callable[[Month], str],
    way_back: StrPromise,
    rows_a_second: int = 1000,
) -> WorkKind:
    """Return a kind of work that makes the XLSX file of a month."""

    def run(work: RunningWork[Work]) -> None:
        content = make(_month(work.row.arguments), work.row.row_count)
        with work.writing(1, rows_a_unit=1) as result:
            keep_output(work.row, result, content, XLSX_TYPE)

    return WorkKind(
        name=name,
        action=action,
        run=run,
        title=lambda arguments: title % {"month": _month(arguments)},
        named_by=("year", "month"),
        outcome=lambda work: file_outcome(
            work, back=back(_month(work.arguments)), way_back=str(way_back)
        ),
        rows_a_second=rows_a_second,
    )


def begin_month_work(
    kind: WorkKind, month: Month, *, by: User, scope: str, row_count: int, file_name: str
) -> Work:
    """Have a worker make the file in the language of the page; the same file is made once."""
    return begin_work(
        kind,
        by=by,
        scope=f"{scope}:{by.pk}:{month}:{get_language()}",
        arguments={"year": month.year, "month": month.month},
        row_count=row_count,
        file_name=file_name,
    )


def _month(arguments: Mapping[str, Any]) -> Month:
    return Month(arguments["year"], arguments["month"])
