"""Telling people of replays, once each: teacher and staff of a late one, everybody when it is ready.

Each replay is told of in one transaction, with the mark that it was: whenever a worker is killed,
nobody is told twice, and nobody is forgotten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services.notices import notify_many
from edu_platform.lib.due import Rules, each
from replays.enums import ReplayState, StepKind
from replays.models import Replay
from replays.overdue import CLASS_END, late_replays
from replays.polling import GIVE_UP_AFTER
from replays.services.history import note
from replays.services.locking import lock
from schedule.enums import RoomReason
from schedule.models import Membership

LATE_NOTICE = "replays.late"
FAILED_NOTICE = "replays.failed"
READY_NOTICE = "replays.ready"
# For staff, of many in one run: a cloud that was down for an hour would fill their list otherwise.
MANY_LATE_NOTICE = "replays.many_late"
MANY_READY_NOTICE = "replays.many_ready"
STAFF_TOLD_ONE_BY_ONE = 3

# Of classes longer ago nobody expects news.
NEWS_FOR = dt.timedelta(days=7)
# Except where we said that a replay is late: then for as long as the cloud is asked, and a day.
PROMISED_FOR = GIVE_UP_AFTER + dt.timedelta(days=1)
REPLAYS_A_RUN = 500
# Looked at between two replays: shorter than the pause between two runs.
RUN_LIMIT_S = 25.0


def tell_people(at: dt.datetime) -> int:
    """Tell of every replay that is late, or ready, and of which nobody was told; return how many these were.

    Safe to repeat, and for several at once.
    """
    told = 0

    def tell(notice: _Notice) -> None:
        nonlocal told
        told += notice.tell(notice.replay_id, at)

    each(Rules(name="replays to tell of", limit_s=RUN_LIMIT_S), _notices(at), tell, at)
    return told


@dataclass(frozen=True, slots=True)
class _Notice:
    replay_id: int
    tell: Callable[[int, dt.datetime], bool]

    def __str__(self) -> str:
        return f"replay {self.replay_id}"


def _notices(at: dt.datetime) -> Iterator[_Notice]:
    """What is to be told, one after the other: what is ready is looked for after the late ones were told of."""
    late = _newest(_late(at))
    tell = partial(tell_late, is_summed=_sum_up_late(late, at))
    yield from (_Notice(replay_id, tell) for replay_id in late)
    ready = _newest(_ready(at))
    tell = partial(tell_ready, is_summed=_sum_up_ready(ready, at))
    yield from (_Notice(replay_id, tell) for replay_id in ready)


def _newest(replays: QuerySet[Replay]) -> list[int]:
    newest = replays.order_by("-planned_end", "pk")
    return list(newest.values_list("pk", flat=True)[:REPLAYS_A_RUN])


def _sum_up_late(replay_ids: Collection[int], at: dt.datetime) -> bool:
    """Tell staff of many late ones at once, and say whether they were too many for one by one.

    Before any is marked as told: whenever a worker is killed, staff know of too many rather than of
    too few.
    """
    if len(replay_ids) <= STAFF_TOLD_ONE_BY_ONE:
        return False
    _tell_staff(MANY_LATE_NOTICE, replay_ids, address=reverse("replays:late"), at=at)
    return True


def _sum_up_ready(replay_ids: Collection[int], at: dt.datetime) -> bool:
    """Tell staff at once that many are ready of which they were told that they are late."""
    were_late = Replay.objects.filter(pk__in=replay_ids, late_told_at__isnull=False)
    days = {one.pk: timezone.localdate(one.listed_at) for one in were_late.only("listed_at")}
    if len(days) <= STAFF_TOLD_ONE_BY_ONE:
        return False
    query = {
        "from": str(min(days.values())),
        "to": str(max(days.values())),
        "state": str(ReplayState.READY),
    }
    address = f"{reverse('replays:list')}?{urlencode(query)}"
    _tell_staff(MANY_READY_NOTICE, days, address=address, at=at)
    return True


def _tell_staff(kind: str, replay_ids: Collection[int], *, address: str, at: dt.datetime) -> None:
    notify_many(
        _people(_is_staff()),
        kind=kind,
        arguments={"count": str(len(replay_ids))},
        address=address,
        # Of several who tell at once, one does.
        cause=f"{kind}:{min(replay_ids)}",
        at=at,
    )


def _news(replays: QuerySet[Replay]) -> QuerySet[Replay]:
    """What may be told of. What came with an import is no news, and neither is what is in the bin."""
    return replays.filter(deleted_at=None).exclude(room__reason=RoomReason.HISTORY)


def _late(at: dt.datetime) -> QuerySet[Replay]:
    """The late ones that nobody was told of, of classes that are not long ago."""
    return _news(late_replays(at)).filter(late_told_at=None, planned_end__gt=at - NEWS_FOR)


def _ready(at: dt.datetime) -> QuerySet[Replay]:
    """Those that can be played; a class that goes on may have shown its first part only."""
    is_news = Q(planned_end__gt=at - NEWS_FOR) | Q(late_told_at__isnull=False)
    untold = _news(Replay.objects.all()).filter(
        ready_told_at=None, state=ReplayState.READY, planned_end__gt=at - PROMISED_FOR
    )
    return untold.filter(is_news).annotate(class_end=CLASS_END).filter(class_end__lte=at)


@transaction.atomic
def tell_late(replay_id: int, at: dt.datetime, *, is_summed: bool = False) -> bool:
    """Tell the teacher and staff of a replay that it is late; return whether nobody had been told.

    Summed up, staff were told of it with others.
    """
    replay = _lock(_late(at), replay_id)
    if replay is None:
        return False
    told = _people(_is_staff() | Q(pk=replay.teacher_id))
    singly = [one for one in told if one.pk == replay.teacher_id or not is_summed]
    has_failed = replay.state == ReplayState.FAILED
    kind = FAILED_NOTICE if has_failed else LATE_NOTICE
    # One cause for both: of one that is late, and fails in the end, its page tells.
    _notify(replay, singly, kind=kind, cause=LATE_NOTICE, at=at)
    replay.late_told_at = at
    replay.save(update_fields=["late_told_at"])
    if told:
        what = "failed" if has_failed else "late"
        note(replay, StepKind.TOLD_LATE, at=at, detail=f"{what}/{whom_of(told, replay.teacher_id)}")
    return True


@transaction.atomic
def tell_ready(replay_id: int, at: dt.datetime, *, is_summed: bool = False) -> bool:
    """Tell everybody whom a replay is for that it is ready; return whether nobody had been told.

    Staff only of those that they were told of being late: a school has hundreds of classes a day,
    and nobody needs to hear that all went well. Summed up, they were told of it with others.
    """
    replay = _lock(_ready(at), replay_id)
    if replay is None:
        return False
    has_staff = replay.late_told_at is not None
    singly = _people(
        _is_of_class(replay) | (_is_staff() if has_staff and not is_summed else NOBODY)
    )
    _notify(replay, singly, kind=READY_NOTICE, cause=READY_NOTICE, at=at)
    told = singly or (has_staff and is_summed)
    replay.ready_told_at = at
    replay.save(update_fields=["ready_told_at"])
    if told:
        note(replay, StepKind.TOLD_READY, at=at)
    return True


def _lock(untold: QuerySet[Replay], replay_id: int) -> Replay | None:
    """The replay, for us alone; None when meanwhile somebody told of it, or it is no news any more."""
    # Alone, and before what decides is looked at: that may change while we wait.
    lock(Replay.objects.filter(pk=replay_id))
    return untold.filter(pk=replay_id).select_related("lesson", "teacher").first()


NOBODY = Q(pk__in=())


def _is_staff() -> Q:
    return Q(pk__in=User.objects.staff().values("pk"))


def _is_of_class(replay: Replay) -> Q:
    """Those who may see the replay for what they are to its class, as `access` says."""
    people = Q(pk=replay.teacher_id)
    lesson = replay.lesson
    if lesson is None or lesson.is_draft:
        return people
    day = timezone.localdate(lesson.starts_at)
    students = Membership.objects.of_students().on(day=day)
    there = students.filter(class_group__in=lesson.class_groups.all())
    return (
        people
        | Q(pk__in=lesson.assistants.values("pk"))
        | Q(pk=lesson.teacher_id)
        | Q(pk__in=there.values("user"))
    )


def _people(which: Q) -> list[User]:
    people = User.objects.active().filter(which)
    return list(people.only("pk", "is_active", "email", "notice_mail_language"))


def _notify(
    replay: Replay, people: Collection[User], *, kind: str, cause: str, at: dt.datetime
) -> None:
    notify_many(
        people,
        kind=kind,
        arguments=words_about(replay),
        address=reverse("replays:detail", args=[replay.code]),
        cause=f"{cause}:{replay.code}",
        at=at,
    )


def whom_of(told: Collection[User], teacher_id: int | None) -> str:
    """Who they are that were told, as steps keep it: the teacher, staff, or both."""
    has_teacher = any(person.pk == teacher_id for person in told)
    has_others = any(person.pk != teacher_id for person in told)
    return "+".join(["teacher"] * has_teacher + ["staff"] * has_others)


def words_about(replay: Replay) -> dict[str, str]:
    """What sentences about a replay name it by."""
    local = timezone.localtime(replay.planned_start)
    return {
        "lesson": replay.title,
        "moment": f"{local:%Y-%m-%d %H:%M}",
        "teacher": replay.teacher.display_name if replay.teacher else "",
    }
