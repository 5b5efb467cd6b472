"""Asking for the recordings that nobody told us of, on an interval that grows with time.

When the next question is due stands in the database. No function here may run inside a
transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import time

from django.db.models import F, Q
from django.utils import timezone

from classroom.client.errors import CloudError, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured
from classroom.enums import Source
from classroom.hooks import NotOurs
from edu_platform.lib.due import Rules, each
from replays.enums import ReplayState
from replays.models import Replay
from replays.services.asking import ask
from replays.services.silence import note_silence, put_off
from replays.services.situations import bring_up_to_date
from schedule.enums import CloudStatus
from schedule.models import NEVER_HELD_AFTER

logger = logging.getLogger(__name__)

REPLAYS_A_RUN = 500
# Looked at between two questions: shorter than the pause between two runs, so that they seldom overlap.
RUN_LIMIT_S = 25.0
# Whoever asks has so long; after it the question is due again, if its asker was killed.
LEASE = dt.timedelta(minutes=5)
FAILURES_IN_A_ROW = 3
# A class that has just ended is asked for before those that have waited for long.
FRESH = dt.timedelta(hours=1)


def ask_for_missing(at: dt.datetime) -> int:
    """Ask for every replay whose turn it is, the most recent first; return how many were answered.

    Stops when the cloud does not answer: those that are due say since when, and wait together.
    """
    settle_unheld(at)
    if not is_configured():
        return 0
    started = time.monotonic()
    answered = failures = 0
    for replay in _due(at):
        if failures == FAILURES_IN_A_ROW or _is_over(started):
            break
        if not _take(replay, at):
            continue
        began_at = timezone.now()
        try:
            _ask(replay, at)
            answered, failures = answered + 1, 0
        except CloudUnavailable as err:
            failures += 1
            _put_off(replay, err, began_at)
        except (CloudError, NotOurs) as err:
            _put_off(replay, err, began_at)
        except Exception as err:
            # A fault of ours with one replay, whatever it is, holds up no other; the log has the trace.
            logger.exception("recording of room %s", replay.room_number)
            _put_off(replay, err, began_at)
    if failures == FAILURES_IN_A_ROW or (failures and _is_over(started)):
        note_silence(timezone.now())
    return answered


def _put_off(replay: Replay, err: Exception, began_at: dt.datetime) -> None:
    """Note that one was not answered; what cannot be noted is due again when its lease is over."""
    try:
        put_off(replay.pk, err, timezone.now(), began_at=began_at)
    except Exception:
        # Whatever it is, it holds up no other; the log has the trace.
        logger.exception("putting off room %s", replay.room_number)


def _is_over(started_s: float) -> bool:
    return time.monotonic() - started_s > RUN_LIMIT_S


def _due(at: dt.datetime) -> list[Replay]:
    """Those whose turn it is; what was not answered of late comes last."""
    due = Replay.objects.filter(next_ask_at__lte=at, room_number__isnull=False)
    order = F("unanswered_since").desc(nulls_first=True)
    return list(due.order_by(order, "-planned_end", "pk")[:REPLAYS_A_RUN])


def _ask(replay: Replay, at: dt.datetime) -> None:
    if replay.room_number is None:
        raise NotOurs
    ask(replay.room_number, priority=_urgency(replay, at), source=Source.POLL).apply()


def _take(replay: Replay, at: dt.datetime) -> bool:
    """Take the question for ourselves: of several who ask at once, one gets it."""
    same = Replay.objects.filter(pk=replay.pk, next_ask_at=replay.next_ask_at)
    return bool(same.update(next_ask_at=at + LEASE))


def _urgency(replay: Replay, at: dt.datetime) -> Priority:
    return Priority.CLASS_ENDED if at - replay.planned_end < FRESH else Priority.BACKGROUND


def settle_unheld(at: dt.datetime) -> None:
    """Recompute what is expected a day after its class, now that it is certain not to have been held."""
    is_certain = (
        Q(room=None)
        | Q(room__cloud_status=CloudStatus.EXPIRED)
        | Q(room__gone_at__isnull=False)
        | Q(room__asked_at__gte=F("planned_end") + NEVER_HELD_AFTER)
    )
    overdue = Replay.objects.filter(
        is_certain, state=ReplayState.EXPECTED, planned_end__lte=at - NEVER_HELD_AFTER
    )
    ids = overdue.order_by("pk").values_list("pk", flat=True)[:REPLAYS_A_RUN]
    rules = Rules(name="replays of classes that were not held", limit_s=RUN_LIMIT_S)
    each(rules, ids, lambda replay_id: bring_up_to_date(replay_id, at), at)
