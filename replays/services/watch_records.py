"""Asks the cloud who has watched signalling replays, which its own player shows, after somebody has opened one.

Only where the school has the cloud keep such records, which people read in their profile. No function here may run
inside a transaction but `plan_question`.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.utils import timezone

from accounts.models import ClassroomIdentity, SchoolSettings
from classroom.client.answer_values import seconds_of
from classroom.client.errors import (
    CloudNotConfigured,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.playbacks import WatchRecord, watch_records
from classroom.client.rate_limits import Priority
from classroom.client.transport import is_configured, sdk_app_id
from edu_platform.lib.due import DueLoop, Rules, exponential
from edu_platform.lib.periods import union
from replays.models import Progress, ReplayFile, WatchQuestion
from replays.polling_times import WATCHED_AFTER, WATCHED_OVERLAP, next_watch_question
from replays.services.watched import keep_recorded, parts_in
from replays.watched_parts import Part

LEASE = dt.timedelta(minutes=5)
QUESTIONS_A_RUN = 200
# Looked at between two questions: shorter than the pause between two runs, so that they seldom overlap.
RUN_LIMIT_S = 25.0
# While the cloud does not tell: each pause is twice the one before, within these bounds, and given up after a while.
FIRST_PAUSE = dt.timedelta(minutes=5)
LONGEST_PAUSE = dt.timedelta(hours=6)
GIVE_UP_AFTER = dt.timedelta(days=7)


def plan_question(file: ReplayFile, at: dt.datetime) -> None:
    """Have the cloud asked who watches a signalling replay, which a person has opened just now.

    However many open it, it is asked for no more often: what is due already stays so.
    """
    if not SchoolSettings.load().keeps_watch_records:
        return
    first = at + WATCHED_AFTER[0]
    WatchQuestion.objects.bulk_create(
        [WatchQuestion(file=file, opened_at=at, due_at=first)], ignore_conflicts=True
    )
    same = WatchQuestion.objects.filter(pk=file.pk)
    same.update(opened_at=at)
    # While it is being asked, the answer does not know of this opening.
    is_later_or_asked = Q(due_at=None) | Q(due_at__gt=first) | Q(leased_until__gt=at)
    same.filter(is_later_or_asked).update(due_at=first)


def ask_who_watched(at: dt.datetime) -> int:
    """Ask about every replay whose question is due; return how many were answered."""
    if not is_configured():
        return 0
    if not SchoolSettings.load().keeps_watch_records:
        WatchQuestion.objects.filter(due_at__lte=at).update(due_at=None)
        return 0
    rules = Rules(
        name="watch records",
        limit_s=RUN_LIMIT_S,
        silent=(CloudUnavailable,),
        expected=(CloudRejected, CloudProtocolError, CloudNotConfigured),
    )
    loop = DueLoop(rules=rules, rows=WatchQuestion.objects.all(), lease=LEASE, pause=_pause)
    due = WatchQuestion.objects.due(at).select_related("file__replay")[:QUESTIONS_A_RUN]
    return loop.run(due, _ask, at).done


def _pause(question: WatchQuestion, _err: Exception, at: dt.datetime) -> dt.timedelta | None:
    if at - question.opened_at > GIVE_UP_AFTER:
        return None
    return exponential(question.attempts, FIRST_PAUSE, LONGEST_PAUSE)


def _ask(question: WatchQuestion) -> None:
    """Ask about one replay, and plan when it is asked about again."""
    replay, at = question.file.replay, timezone.now()
    if not replay.is_ready or replay.room_number is None:
        return
    since = (question.answered_until or question.opened_at) - WATCHED_OVERLAP
    records = watch_records(replay.room_number, since, at, Priority.BACKGROUND)
    _keep(question.file, records, at=at)
    question.refresh_from_db(fields=["opened_at"])
    WatchQuestion.objects.end_lease(
        question,
        due_at=next_watch_question(question.opened_at, at=at),
        answered_until=at,
        attempts=0,
        unreachable_since=None,
        last_error="",
    )


def _keep(file: ReplayFile, records: Iterable[WatchRecord], *, at: dt.datetime) -> None:
    """Keep what is new of these records; of people whom nobody knows here, nothing is."""
    parts_by_user = _parts_by_user(records)
    people = ClassroomIdentity.objects.of_app(sdk_app_id()).filter(
        classroom_user_id__in=parts_by_user
    )
    known = {row.user_id: parts_in(row) for row in Progress.objects.filter(file=file)}
    for person_id, user_id in people.order_by("user").values_list("user", "classroom_user_id"):
        before, parts = known.get(person_id, []), parts_by_user[user_id]
        if list(union([*before, *parts])) != before:
            keep_recorded(person_id, file, parts, at=at)


def _parts_by_user(records: Iterable[WatchRecord]) -> Mapping[str, list[Part]]:
    """Return when each person played it, by the cloud's user id: twice at once, in two windows, counts once."""
    parts: dict[str, list[Part]] = defaultdict(list)
    for record in records:
        if record.user_id and record.played_s:
            began_s = seconds_of(record.began_at)
            parts[record.user_id].append((began_s, began_s + record.played_s))
    return {user_id: list(union(mine)) for user_id, mine in parts.items()}
