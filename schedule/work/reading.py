"""Long work as its page shows it: how far it is, and about how long it still takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from accounts.models import User
from accounts.permissions import Relation
from edu_platform.lib.long_work import ShownProgress, WorkState, progress_of
from schedule.access import general_relations
from schedule.models import Work
from schedule.work.kinds import KINDS
from schedule.work.words import time_left_in_words, title_of

# Of so many works of a kind that were done, the last are what the next is measured by.
MEASURED_BY = 5


@dataclass(frozen=True, slots=True)
class WorkLine:
    """Work under way, as lists of it show it."""

    code: str
    title: str
    state: str
    percent: int | None


def work_under_way(user: User) -> list[WorkLine]:
    """Return what runs or waits and is this person's to see, the oldest first."""
    mine = Q() if Relation.STAFF in general_relations(user) else Q(asked_by=user)
    rows = Work.objects.open().filter(mine, kind__in=KINDS).defer("content")
    return [_line(work) for work in rows.order_by("asked_at", "pk")]


def _line(work: Work) -> WorkLine:
    progress = progress_of(work.code) if work.state != WorkState.WAITING else None
    title = title_of(work.kind, work.arguments)
    return WorkLine(
        work.code, title, str(WorkState(work.state).label), progress.percent if progress else None
    )


def time_left_of(work: Work, *, at: dt.datetime) -> str:
    """Return about how long it still takes, by the last of its kind; empty where nobody can say."""
    done = Work.objects.filter(kind=work.kind, state=WorkState.DONE, row_count__gt=0)
    times = done.order_by("-ended_at").values_list("began_at", "ended_at", "row_count")
    rates_s = [
        (ended_at - began_at).total_seconds() / row_count
        for began_at, ended_at, row_count in times[:MEASURED_BY]
        if began_at is not None and ended_at is not None
    ]
    if not rates_s or work.began_at is None:
        return ""
    whole_s = _median(rates_s) * work.row_count
    left_s = whole_s - (at - work.began_at).total_seconds()
    return time_left_in_words(left_s) if left_s > 0 else ""


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def shown_progress(work: Work) -> ShownProgress | None:
    return progress_of(work.code) if work.is_open and work.state != WorkState.WAITING else None
