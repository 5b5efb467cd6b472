"""Retention: replays past their class group's days are warned about, then moved to the trash.

Nothing goes without a warning a week ahead, even a late one.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import User
from accounts.services.notices import notify_many
from edu_platform.lib.due import Rules, each_batch
from replays.enums import ReplayEventKind, ReplayState
from replays.models import Replay, ReplayEvent, Retention
from replays.models.replay import lock
from replays.models.sessions import with_sessions
from replays.services.history import note_many
from replays.services.notifications import recipients_of, words_about
from replays.services.trash import trash_replays
from replays.wording.notices import EXPIRIES_NOTICE, EXPIRY_NOTICE, OTHERS_EXPIRIES_NOTICE
from schedule.models import ClassGroup, Lesson

WARNED_BEFORE = dt.timedelta(days=7)
# Up to this many get single notices; more of one teacher's get one summary.
TOLD_ONE_BY_ONE = 5
REPLAYS_A_TRANSACTION = 200
REPLAYS_A_RUN = 50_000
# The rest is left for tomorrow; workers end a task after 300 seconds.
RUN_LIMIT_S = 240.0

# Days are counted from 生成时间, as lists show it, or from the planned end.
MADE = Coalesce("made_at", "planned_end")


def end_due_replays(at: dt.datetime) -> None:
    """Warn about replays that expire soon, and move those to the trash that were warned about.

    Safe to repeat.
    """
    _take_back_warnings(at)
    rules = Rules(name="replays whose time is over", limit_s=RUN_LIMIT_S)
    each_batch(rules, _batches(at), at)


def _batches(at: dt.datetime) -> Iterator[tuple[list[int], Callable[[Sequence[int]], object]]]:
    for days in _chosen_days():
        for ids in _portions(_to_be_warned_of(days, at)):
            yield ids, partial(_warn, days=days, at=at)
        for ids in _portions(_due(days, at)):
            yield ids, partial(_end, days=days, at=at)


def kept_until(replay: Replay, *, at: dt.datetime) -> dt.datetime | None:
    """Return when retention moves a replay to the trash; None for one that is kept until somebody deletes it.

    With several class groups the longest time counts. A warning always comes first; unplayable replays have no
    time.
    """
    if replay.lesson_id is None or not replay.is_ready:
        return None
    groups = ClassGroup.objects.filter(lessons=replay.lesson_id)
    chosen = list(groups.values_list("replay_retention__days", flat=True))
    if not chosen or None in chosen:
        return None
    over_at = (replay.made_at or replay.planned_end) + dt.timedelta(days=max(chosen))
    return max(over_at, (replay.expiry_told_at or at) + WARNED_BEFORE)


def _chosen_days() -> list[int]:
    """The distinct numbers of days: few, so each is a query of its own."""
    days = Retention.objects.order_by("days").values_list("days", flat=True)
    return list(days.distinct())


def _kept_for(days: int, *, made_until: dt.datetime) -> QuerySet[Replay]:
    """Replays kept for exactly this many days, of those made until this moment."""
    groups = Lesson.class_groups.through.objects.filter(lesson=OuterRef("lesson"))
    with_days = groups.filter(classgroup__replay_retention__days=days)
    kept_longer = groups.filter(
        Q(classgroup__replay_retention=None) | Q(classgroup__replay_retention__days__gt=days)
    )
    ready = Replay.objects.filter(state=ReplayState.READY, deleted_at=None)
    kept = ready.filter(Exists(with_days), ~Exists(kept_longer))
    return kept.annotate(made=MADE).filter(made__lte=made_until)


def _soon_over(days: int, at: dt.datetime) -> QuerySet[Replay]:
    return _kept_for(days, made_until=at - dt.timedelta(days=days) + WARNED_BEFORE)


def _to_be_warned_of(days: int, at: dt.datetime) -> QuerySet[Replay]:
    return _soon_over(days, at).filter(expiry_told_at=None)


def _due(days: int, at: dt.datetime) -> QuerySet[Replay]:
    over = _kept_for(days, made_until=at - dt.timedelta(days=days))
    return over.filter(expiry_told_at__lte=at - WARNED_BEFORE)


def _portions(replays: QuerySet[Replay]) -> Iterator[list[int]]:
    """The keys that the query finds, each once, whatever happens to it."""
    # Queried once: it takes seconds after a period is set for the first time.
    ids = list(replays.order_by("pk").values_list("pk", flat=True)[:REPLAYS_A_RUN])
    for start in range(0, len(ids), REPLAYS_A_TRANSACTION):
        yield ids[start : start + REPLAYS_A_TRANSACTION]


def _still(question: QuerySet[Replay], ids: Sequence[int]) -> list[Replay]:
    """Lock these replays, and return those that the query still finds: some may have changed."""
    lock(Replay.objects.filter(pk__in=ids))
    still = with_sessions(question.filter(pk__in=ids)).select_related("teacher")
    return list(still.order_by("pk"))


def _take_back_warnings(at: dt.datetime) -> None:
    """Reset warnings of replays whose period was extended since: they are warned about again."""
    warned = Replay.objects.exclude(expiry_told_at=None).filter(deleted_at=None)
    still = Q(pk__in=())
    for days in _chosen_days():
        still |= Q(pk__in=_soon_over(days, at).values("pk"))
    warned.exclude(still).update(expiry_told_at=None)


@transaction.atomic
def _warn(ids: Sequence[int], days: int, at: dt.datetime) -> None:
    """Warn the teachers of these replays. Those without anybody to warn stay unmarked."""
    told_of: defaultdict[User | None, list[Replay]] = defaultdict(list)
    for replay in _still(_to_be_warned_of(days, at), ids):
        told_of[replay.teacher].append(replay)
    events: list[ReplayEvent] = []
    for teacher, theirs in told_of.items():
        people = _who_is_warned(teacher)
        if not people:
            continue
        whom = recipients_of(people, teacher.pk if teacher is not None else None)
        if len(theirs) > TOLD_ONE_BY_ONE:
            _notify_of_many(people, theirs, at, is_own=whom == "teacher")
        else:
            _notify_of_each(people, theirs, at)
        events += _events_of_warning(theirs, whom, at)
    told = [event.replay_id for event in events]
    Replay.objects.filter(pk__in=told).update(expiry_told_at=at)
    note_many(events)


def _events_of_warning(replays: Sequence[Replay], whom: str, at: dt.datetime) -> list[ReplayEvent]:
    kind = ReplayEventKind.EXPIRY_TOLD
    return [ReplayEvent(replay=replay, kind=kind, at=at, detail=whom) for replay in replays]


def _who_is_warned(teacher: User | None) -> list[User]:
    """The teacher; staff where there is none any more who would read it."""
    if teacher is not None and teacher.is_active:
        return [teacher]
    return list(User.objects.active().staff())


def _day_of_end(at: dt.datetime) -> str:
    """The first day on which replays warned about now may go to the trash."""
    return f"{timezone.localdate(at + WARNED_BEFORE):%Y-%m-%d}"


def _notify_of_each(people: Collection[User], replays: Sequence[Replay], at: dt.datetime) -> None:
    day = _day_of_end(at)
    for replay in replays:
        notify_many(
            people,
            kind=EXPIRY_NOTICE,
            arguments=words_about(replay) | {"day": day},
            address=reverse("replays:detail", args=[replay.code]),
            # An extended period ends on another day, and is warned about once more.
            cause=f"{EXPIRY_NOTICE}:{replay.code}:{day}",
            at=at,
        )


def _notify_of_many(
    people: Collection[User], replays: Sequence[Replay], at: dt.datetime, *, is_own: bool
) -> None:
    """One notice about many, as when a period is set for the first time, with a link to the list."""
    days = [timezone.localdate(replay.listed_at) for replay in replays]
    query = {"from": str(min(days)), "to": str(max(days)), "state": str(ReplayState.READY)}
    notify_many(
        people,
        kind=EXPIRIES_NOTICE if is_own else OTHERS_EXPIRIES_NOTICE,
        arguments={"count": str(len(replays)), "day": _day_of_end(at)},
        address=f"{reverse('replays:list')}?{urlencode(query)}",
        cause=f"{EXPIRIES_NOTICE}:{min(replay.code for replay in replays)}:{_day_of_end(at)}",
        at=at,
    )


@transaction.atomic
def _end(ids: Sequence[int], days: int, at: dt.datetime) -> None:
    trash_replays(_still(_due(days, at), ids), person=None, at=at)


def keep_for_risen(new_by_old: Mapping[int, int]) -> None:
    """Keep the replays of class groups of a new school year for as long as those of what they were."""
    rows = Retention.objects.filter(class_group__in=new_by_old)
    Retention.objects.bulk_create(
        Retention(class_group_id=new_by_old[row.class_group_id], days=row.days)
        for row in rows.order_by("pk")
    )
