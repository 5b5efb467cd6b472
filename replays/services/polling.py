"""Polling for recordings that no callback told us about, at growing intervals.

When the next question is due stands in the database. No function here may run inside a
transaction.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from classroom.client.errors import (
    CloudNotConfigured,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured
from classroom.enums import Source
from classroom.hooks import NotOurs
from edu_platform.lib.due import DueLoop, Rules, each
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.statements import Statement
from replays.enums import ReplayState
from replays.models import Replay, ReplayQuerySet
from replays.services.refresh import ask
from replays.services.state_sync import bring_up_to_date
from replays.services.unanswered import note_silence, pause, put_off_leased
from schedule.enums import CloudStatus
from schedule.polling_times import NEVER_HELD_AFTER

REPLAYS_A_RUN = 500
# Checked between two questions; shorter than the pause between two runs, so that they seldom overlap.
RUN_LIMIT_S = 25.0
# The lease of one question; after it the question is due again, if its worker was killed.
LEASE = dt.timedelta(minutes=5)
# Classes that just ended come before those that have waited for long.
FRESH = dt.timedelta(hours=1)

REFUSALS = (CloudRejected, CloudProtocolError, CloudNotConfigured, NotOurs)


class _Asking(DueLoop[Replay]):
    """A loop that keeps more of a question without an answer than when it is asked again."""

    def put_off(self, row: Replay, err: Exception, at: dt.datetime) -> None:
        put_off_leased(row, err, timezone.now())


def ask_for_missing(at: dt.datetime) -> int:
    """Poll every due replay, the most recent first; return how many were answered.

    Stops when the cloud does not answer: all due ones are put off together.
    """
    settle_unheld(at)
    if not is_configured():
        return 0
    rules = Rules(
        name="recordings", limit_s=RUN_LIMIT_S, silent=(CloudUnavailable,), expected=REFUSALS
    )
    loop = _Asking(rules=rules, rows=Replay.objects.all(), lease=LEASE, pause=pause)
    run = loop.run(_DUE.rows(at=at), lambda replay: _ask(replay, at), at)
    if run.is_silent or (run.silences and run.is_over):
        note_silence(timezone.now())
    return run.done


def ask_soon(replays: ReplayQuerySet, at: dt.datetime) -> int:
    """Have workers ask now about those of the replays that are asked about at all; return how many."""
    with transaction.atomic():
        waiting = Replay.objects.filter(pk__in=replays.values("pk"), due_at__isnull=False)
        count = waiting.unleased(at=at).update_in_order(due_at=at)
        enqueue_on_commit("replays.ask_for_missing")
    return count


# Recently unanswered ones come last.
_DUE = Statement(
    lambda at: (
        Replay.objects.due(at)
        .filter(room_number__isnull=False)
        .order_by(F("unreachable_since").desc(nulls_first=True), "-planned_end", "pk")[
            :REPLAYS_A_RUN
        ]
    )
)


def _ask(replay: Replay, at: dt.datetime) -> None:
    if replay.room_number is None:
        raise NotOurs
    ask(replay.room_number, priority=_urgency(replay, at), source=Source.POLL).apply()
    # An answer has ended the lease. There is none of a class that goes on after all, as the cloud has it:
    # that is asked for again when the lease would have been over.
    Replay.objects.all().end_lease(replay, due_at=replay.leased_until)


def _urgency(replay: Replay, at: dt.datetime) -> Priority:
    return Priority.CLASS_ENDED if at - replay.planned_end < FRESH else Priority.BACKGROUND


def settle_unheld(at: dt.datetime) -> None:
    """Recompute replays still expected a day after their class, which was certainly not held."""
    ids = _UNHELD.rows(latest_end=at - NEVER_HELD_AFTER)
    rules = Rules(name="replays of classes that were not held", limit_s=RUN_LIMIT_S)
    each(rules, ids, lambda replay_id: bring_up_to_date(replay_id, at), at)


_CERTAINLY_NOT_HELD = (
    Q(room=None)
    | Q(room__cloud_status=CloudStatus.EXPIRED)
    | Q(room__gone_at__isnull=False)
    | Q(room__asked_at__gte=F("planned_end") + NEVER_HELD_AFTER)
)
_UNHELD = Statement(
    lambda latest_end: (
        Replay.objects.filter(
            _CERTAINLY_NOT_HELD, state=ReplayState.EXPECTED, planned_end__lte=latest_end
        )
        .order_by("pk")
        .values_list("pk", flat=True)[:REPLAYS_A_RUN]
    )
)
