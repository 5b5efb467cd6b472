"""The definition of overdue, shared by the notice, the page and its count."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q
from django.db.models.functions import Coalesce

from edu_platform.lib.backlog import Backlog, backlog
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayQuerySet

# The recording is usually there this long after the class's end.
LATE_AFTER = dt.timedelta(minutes=30)
FAILED_SHOWN_FOR = dt.timedelta(days=30)

CLASS_END = Coalesce("room__real_ended_at", "planned_end")


def late_replays(at: dt.datetime) -> ReplayQuerySet:
    """Being made for longer than usual, of a class that the cloud tells nothing of, or failed lately.

    The usual time counts from the class's real end where that is known, as `class_end`. A class recorded by
    hand is not among them: perhaps nobody meant to record it. A failed one is until it has been known for a
    month, or somebody moves it to the trash.
    """
    return _late(ended_until=at - LATE_AFTER, failed_after=at - FAILED_SHOWN_FOR)


def late_count(at: dt.datetime) -> int:
    """Count the late replays: the number stands above every list of staff."""
    return late_backlog(at).count


def late_backlog(at: dt.datetime) -> Backlog:
    """Count the late replays, and find when the class of the oldest ended; one query."""
    return _late_backlog(ended_until=at - LATE_AFTER, failed_after=at - FAILED_SHOWN_FOR)


def _late(*, ended_until: dt.datetime, failed_after: dt.datetime) -> ReplayQuerySet:
    over_for_long = Q(class_end__lte=ended_until)
    being_made = over_for_long & Q(state=ReplayState.PROCESSING)
    # Most of what is expected is still to come: by the plan it is found without looking at rooms.
    untold = over_for_long & Q(
        state__in=(ReplayState.EXPECTED, ReplayState.RECORDING),
        planned_end__lte=ended_until,
        room__polling__unreachable_since__isnull=False,
    )
    failed = Q(state=ReplayState.FAILED, state_since__gt=failed_after)
    late = Replay.objects.filter(deleted_at=None).exclude(reason=ReplayReason.BY_HAND_ENDED)
    return late.annotate(class_end=CLASS_END).filter(being_made | untold | failed)


_late_backlog = backlog(_late, since="class_end")


def class_end(replay: Replay) -> dt.datetime:
    """Return when the class of one replay ended, as `CLASS_END` does for many: by the plan, if nobody told."""
    real_end = replay.room.real_ended_at if replay.room is not None else None
    return real_end or replay.planned_end


def is_late(replay: Replay, at: dt.datetime) -> bool:
    """Tell whether the cloud has been making one for longer than usual, and has answered that it has none.

    What was overdue at its last answer stays so while the cloud is silent.
    """
    late_since = class_end(replay) + LATE_AFTER
    if replay.reason != ReplayReason.ENDED or at < late_since or replay.asked_at is None:
        return False
    return replay.unreachable_since is None or replay.asked_at >= late_since


def known_age(replay: Replay, at: dt.datetime) -> dt.timedelta:
    """Return the age of the class; while the cloud does not answer, its age at the last answer."""
    told_at = replay.asked_at if replay.unreachable_since is not None else at
    return (told_at or at) - class_end(replay)
