"""Exports of many replays as XLSX, which a worker makes: its file is kept with the work."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.decorators import signed_in
from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.batches import in_batches
from edu_platform.lib.long_work import RunningWork
from edu_platform.lib.progress import Phase, report
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from edu_platform.lib.versions import version_of
from replays import access
from replays.exports import (
    export_name,
    export_response,
    with_all_columns,
    xlsx_file,
    xlsx_rows_of,
)
from replays.models import Replay
from schedule.models import Work
from schedule.work.files import file_outcome, keep_output
from schedule.work.kinds import Outcome, WorkKind
from schedule.work.views import see_work
from schedule.work.writing import begin_work

# A sheet of more replays than these takes a small server more than two seconds.
LONG_FROM_ROWS = 5_000


def answer_export(
    request: HttpRequest, replays: QuerySet[Replay], *, is_csv: bool, at: dt.datetime
) -> HttpResponseBase:
    """Answer with the replays as a file; where a sheet would be long, with the page of the work that makes it.

    CSV leaves while it is made, so that nobody waits for it however long it is.

    Raises:
        TooManyRows: too many for XLSX.
        TooManyExports: no slot is free.
    """
    if is_csv or xlsx_rows_of(replays) <= LONG_FROM_ROWS:
        return export_response(request, replays, is_csv=is_csv, at=at)
    work = _begin(signed_in(request), replays, at=at)
    return see_work(request, work)


def _begin(user: User, replays: QuerySet[Replay], *, at: dt.datetime) -> Work:
    """Leave to a worker what was asked for: these very replays, as they are when it comes to each."""
    newest_first = replays.order_by("-listed_at", "-pk")
    keys = list(newest_first.values_list("pk", flat=True))
    return begin_work(
        EXPORT_REPLAYS,
        by=user,
        scope=f"export:{user.pk}:{version_of(keys, get_language())}",
        arguments={"count": len(keys)},
        row_count=len(keys),
        file_name=export_name("xlsx", at),
        content=json.dumps(keys).encode(),
    )


def _run(work: RunningWork[Work]) -> None:
    keys = json.loads(bytes(work.row.content or b"[]"))
    portions = _portions(access.replays_for(work.row.asked_by), keys)
    with xlsx_file(portions, at=timezone.now(), language=get_language()) as file:
        content = file.read()
    with work.writing(1, rows_a_unit=1) as result:
        keep_output(work.row, result, content, XLSX_TYPE)


def _portions(replays: QuerySet[Replay], keys: Sequence[int]) -> Iterator[list[Replay]]:
    done = 0
    for batch in in_batches(keys):
        report(Phase.FILLING, done, len(keys))
        yield list(with_all_columns(replays.filter(pk__in=batch)))
        done += len(batch)
    report(Phase.FILLING, done, len(keys))


def _title(arguments: Mapping[str, Any]) -> str:
    title = ngettext(
        "Export %(count)s replay as XLSX",
        "Export %(count)s replays as XLSX",
        arguments["count"],
    )
    return title % {"count": f"{arguments['count']:,}"}


def _outcome(work: Work) -> Outcome:
    return file_outcome(work, back=reverse("replays:list"), way_back=_("To the replays"))


EXPORT_REPLAYS = WorkKind(
    name="replays.export_replays",
    action=Action.EXPORT_REPLAYS,
    run=_run,
    title=_title,
    named_by=("count",),
    outcome=_outcome,
)
