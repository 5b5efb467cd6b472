"""Long work as its page shows it: how far it is, and about how long it still takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from statistics import median

from django.db.models import QuerySet

from accounts.hooks import UnderWay
from accounts.models import User
from accounts.permissions import Relation
from edu_platform.lib.long_work import ShownProgress, WorkState, progress_of, progress_of_all
from edu_platform.lib.progress import Phase
from edu_platform.lib.statements import Statement
from schedule.access import general_relations
from schedule.models import Work
from schedule.work.kinds import KINDS
from schedule.work.words import time_left_in_words, title_of

# The next work of a kind is measured by so many of the last that were done.
MEASURED_BY = 5


def work_under_way(user: User) -> list[UnderWay]:
    """Return what runs or waits and is this person's to see, the oldest first; one query."""
    if Relation.STAFF in general_relations(user):
        return _lines(_OPEN.rows(kinds=sorted(KINDS)), user)
    return own_work_under_way(user)


def own_work_under_way(user: User) -> list[UnderWay]:
    """Return what runs or waits of that which this person asked for, the oldest first; one query."""
    return _lines(_OPEN_OF.rows(kinds=sorted(KINDS), user_id=user.pk), user)


def work_of_scope(scope: str) -> UnderWay | None:
    """Return what runs or waits of this scope, if anything does; one query."""
    work = Work.objects.open().without_files().filter(scope=scope, kind__in=KINDS).first()
    return None if work is None else _line(work, None, work.asked_by_id)


def _open(kinds: list[str], **whose: int) -> QuerySet[Work]:
    rows = Work.objects.open().filter(kind__in=kinds, **whose).select_related("asked_by")
    return rows.without_files().order_by("asked_at", "pk")


# Today asks at every look whether there is anything new.
_OPEN = Statement(_open)
_OPEN_OF = Statement(lambda kinds, user_id: _open(kinds, asked_by=user_id))


def _lines(works: Sequence[Work], reader: User) -> list[UnderWay]:
    begun = [work.code for work in works if work.is_begun]
    progress = progress_of_all(begun)
    return [_line(work, _of_state(work, progress.get(work.code)), reader.pk) for work in works]


def _line(work: Work, progress: ShownProgress | None, reader_pk: int) -> UnderWay:
    return UnderWay(
        address=work.get_absolute_url(),
        title=title_of(work.kind, work.arguments),
        state=phase_of(work, progress) or str(WorkState(work.state).label),
        percent=progress.percent if progress else None,
        whose="" if work.asked_by_id == reader_pk else work.asked_by.display_name,
    )


def time_left_of(work: Work, *, at: dt.datetime) -> str:
    """Return about how long it still takes, by the last of its kind or what such work usually takes; empty in the end."""
    if work.began_at is None or not work.row_count:
        return ""
    whole_s = _row_s(work.kind) * work.row_count
    left_s = whole_s - (at - work.began_at).total_seconds()
    return time_left_in_words(left_s) if left_s > 0 else ""


def _row_s(kind: str) -> float:
    """Return how many seconds a row of this kind takes."""
    done = Work.objects.filter(kind=kind, state=WorkState.DONE, row_count__gt=0)
    times = done.order_by("-ended_at").values_list("began_at", "ended_at", "row_count")
    rates_s = [
        (ended_at - began_at).total_seconds() / row_count
        for began_at, ended_at, row_count in times[:MEASURED_BY]
        if began_at is not None and ended_at is not None
    ]
    return median(rates_s) if rates_s else 1 / KINDS[kind].rows_a_second


def shown_progress(work: Work) -> ShownProgress | None:
    return _of_state(work, progress_of(work.code)) if work.is_begun else None


def _of_state(work: Work, progress: ShownProgress | None) -> ShownProgress | None:
    """Leave out what was kept before the state changed, such as by a worker that is gone."""
    is_writing = work.state == WorkState.WRITING
    is_current = progress is not None and is_writing == (progress.phase == Phase.WRITING)
    return progress if is_current else None


def phase_of(work: Work, progress: ShownProgress | None) -> str:
    """Return what is being done while it computes; the state says it itself when it writes."""
    return progress.label if progress and work.state == WorkState.RUNNING else ""
