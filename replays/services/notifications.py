"""Notices about replays, once each: overdue ones to teacher and staff, ready ones to everybody.

Notices and the replay's mark are saved in one transaction: if a worker is killed, nobody is notified twice and
nobody is missed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services.notices import notify_many
from edu_platform.lib.due import Rules, each
from edu_platform.lib.statements import Statement
from replays.enums import ReplayEventKind, ReplayState
from replays.models import Replay
from replays.models.replay import locking
from replays.models.sessions import with_sessions
from replays.overdue import CLASS_END, LATE_AFTER, late_replays
from replays.polling_times import GIVE_UP_AFTER
from replays.services.history import note
from replays.wording.notices import (
    FAILED_NOTICE,
    LATE_NOTICE,
    MANY_LATE_NOTICE,
    MANY_READY_NOTICE,
    READY_NOTICE,
)
from schedule.enums import RoomReason
from schedule.models import Membership

# Staff get one summary beyond this number in a run: an outage of an hour would flood them otherwise.
STAFF_TOLD_ONE_BY_ONE = 3

# Older classes are no news.
NEWS_FOR = dt.timedelta(days=7)
# Except after an overdue notice: then for as long as the cloud is polled, plus a day.
PROMISED_FOR = GIVE_UP_AFTER + dt.timedelta(days=1)
# The recording of a class that is still to be held, is held, or has been held.
TO_COME = (ReplayState.EXPECTED, ReplayState.RECORDING, ReplayState.PROCESSING)
REPLAYS_A_RUN = 500
# Checked between two replays; shorter than the pause between two runs.
RUN_LIMIT_S = 25.0


def notify_people(at: dt.datetime) -> int:
    """Notify about every overdue or ready replay that nobody was notified about; return how many.

    Safe to repeat and to run concurrently.
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
    """Pending notices, lazily: ready ones are looked up after the overdue ones were sent."""
    late = _newest(_late(at))
    tell = partial(notify_late, is_summed=_sum_up_late(late, at))
    yield from (_Notice(replay_id, tell) for replay_id in late)
    ready = _newest(_ready(at))
    tell = partial(notify_ready, is_summed=_sum_up_ready(ready, at))
    yield from (_Notice(replay_id, tell) for replay_id in ready)


def _newest(replays: QuerySet[Replay]) -> list[int]:
    newest = replays.order_by("-planned_end", "pk")
    return list(newest.values_list("pk", flat=True)[:REPLAYS_A_RUN])


def _sum_up_late(replay_ids: Collection[int], at: dt.datetime) -> bool:
    """Send staff one summary of many overdue ones; return whether they were too many for single notices.

    Before any is marked: if a worker is killed, staff are notified of too many rather than too few.
    """
    if len(replay_ids) <= STAFF_TOLD_ONE_BY_ONE:
        return False
    _notify_staff(MANY_LATE_NOTICE, replay_ids, address=reverse("replays:late"), at=at)
    return True


def _sum_up_ready(replay_ids: Collection[int], at: dt.datetime) -> bool:
    """Send staff one summary of ready replays that they were told were overdue."""
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
    _notify_staff(MANY_READY_NOTICE, days, address=address, at=at)
    return True


def _notify_staff(kind: str, replay_ids: Collection[int], *, address: str, at: dt.datetime) -> None:
    notify_many(
        _people(_is_staff()),
        kind=kind,
        arguments={"count": str(len(replay_ids))},
        address=address,
        # If several runs send it at the same time, it is sent once.
        cause=f"{kind}:{min(replay_ids)}",
        at=at,
    )


def _news(replays: QuerySet[Replay]) -> QuerySet[Replay]:
    """Replays to notify about. Imported ones are no news, and neither is what is in the trash."""
    return replays.filter(deleted_at=None).exclude(room__reason=RoomReason.HISTORY)


def _late(at: dt.datetime) -> QuerySet[Replay]:
    """Overdue ones of recent classes that nobody was notified about."""
    untold = _news(late_replays(at)).filter(late_told_at=None, planned_end__gt=at - NEWS_FOR)
    return untold.exclude(_is_another_to_come(at))


def _ready(at: dt.datetime) -> QuerySet[Replay]:
    """Playable ones; a running class may have its first part only."""
    is_news = Q(planned_end__gt=at - NEWS_FOR) | Q(late_told_at__isnull=False)
    untold = _news(Replay.objects.all()).filter(
        ready_told_at=None, state=ReplayState.READY, planned_end__gt=at - PROMISED_FOR
    )
    over = untold.filter(is_news).annotate(class_end=CLASS_END).filter(class_end__lte=at)
    return over.exclude(_is_another_to_come(at))


def _is_another_to_come(at: dt.datetime) -> Exists:
    """Tell whether the lesson was opened again and another recording is to come, not late: a notice waits for it."""
    others = Replay.objects.filter(lesson=OuterRef("lesson"), deleted_at=None).exclude(
        pk=OuterRef("pk")
    )
    to_come = others.filter(state__in=TO_COME).annotate(class_end=CLASS_END)
    return Exists(to_come.filter(class_end__gt=at - LATE_AFTER))


@transaction.atomic
def notify_late(replay_id: int, at: dt.datetime, *, is_summed: bool = False) -> bool:
    """Tell teacher and staff that a lesson's replays are overdue; return False when that was done already.

    When summed up, staff get the summary instead.
    """
    replays = _lock(_late(at), replay_id)
    if not replays:
        return False
    teacher_id = replays[0].teacher_id
    told = _people(_is_staff() | Q(pk=teacher_id))
    singly = [one for one in told if one.pk == teacher_id or not is_summed]
    has_failed = all(replay.state == ReplayState.FAILED for replay in replays)
    kind = FAILED_NOTICE if has_failed else LATE_NOTICE
    # One cause for both: if an overdue one fails in the end, its page tells.
    _notify(replays, singly, kind=kind, cause=LATE_NOTICE, at=at)
    what = "failed" if has_failed else "late"
    detail = f"{what}/{recipients_of(told, teacher_id)}"
    for replay in replays:
        replay.late_told_at = at
        replay.save(update_fields=["late_told_at"])
        if told:
            note(replay, ReplayEventKind.TOLD_LATE, at=at, detail=detail)
    return True


@transaction.atomic
def notify_ready(replay_id: int, at: dt.datetime, *, is_summed: bool = False) -> bool:
    """Tell everybody whom a lesson's replays are for that they are ready; return False when that was done already.

    Staff only after an overdue notice: a school has hundreds of classes a day, and success is no news. When
    summed up, they get the summary instead.
    """
    replays = _lock(_ready(at), replay_id)
    if not replays:
        return False
    has_staff = any(replay.late_told_at is not None for replay in replays)
    singly = _people(
        _is_of_class(replays[0]) | (_is_staff() if has_staff and not is_summed else NOBODY)
    )
    _notify(replays, singly, kind=READY_NOTICE, cause=READY_NOTICE, at=at)
    told = singly or (has_staff and is_summed)
    for replay in replays:
        replay.ready_told_at = at
        replay.save(update_fields=["ready_told_at"])
        if told:
            note(replay, ReplayEventKind.TOLD_READY, at=at)
    return True


def _lock(untold: QuerySet[Replay], replay_id: int) -> list[Replay]:
    """The locked replay, and others of its lesson that the same notice tells of.

    Empty when somebody else sent the notice, or it no longer applies.
    """
    # Lock first, then read what decides: it may change while we wait.
    _LOCKED_OF_LESSON.rows(replay_id=replay_id)
    found = with_sessions(untold.filter(_of_lesson(replay_id))).select_related("lesson", "teacher")
    replays = list(found.order_by("room", "pk"))
    return replays if any(replay.pk == replay_id for replay in replays) else []


def _of_lesson(replay_id: int) -> Q:
    this = Replay.objects.filter(pk=replay_id)
    return Q(pk=replay_id) | Q(lesson__in=this.values("lesson"))


_LOCKED_OF_LESSON = Statement(
    lambda replay_id: locking(Replay.objects.filter(_of_lesson(replay_id)))
)
NOBODY = Q(pk__in=())


def _is_staff() -> Q:
    return Q(pk__in=User.objects.staff().values("pk"))


def _is_of_class(replay: Replay) -> Q:
    """The people who may see the replay by their relation to its class, as `access` decides."""
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
    replays: Sequence[Replay], people: Collection[User], *, kind: str, cause: str, at: dt.datetime
) -> None:
    """One notice about replays of one lesson; of several it leads to the lesson's page, which has them all."""
    first = replays[0]
    address = reverse("replays:detail", args=[first.code])
    if first.lesson is not None and len(replays) > 1:
        address = reverse("schedule:lesson", args=[first.lesson.code])
    notify_many(
        people,
        kind=kind,
        arguments=words_about(*replays),
        address=address,
        cause=f"{cause}:{first.code}",
        at=at,
    )


def recipients_of(told: Collection[User], teacher_id: int | None) -> str:
    """Return who was notified, as events store it: the teacher, staff, or both."""
    has_teacher = any(person.pk == teacher_id for person in told)
    has_others = any(person.pk != teacher_id for person in told)
    return "+".join(["teacher"] * has_teacher + ["staff"] * has_others)


def words_about(*replays: Replay) -> dict[str, str]:
    """The arguments that name replays of one lesson, read `with_sessions`, in a notice."""
    first = replays[0]
    local = timezone.localtime(first.planned_start)
    sessions = " ".join(str(replay.session) for replay in replays if replay.session)
    return {
        "lesson": first.title,
        "moment": f"{local:%Y-%m-%d %H:%M}",
        "teacher": first.teacher.display_name if first.teacher else "",
        **({"sessions": sessions} if sessions else {}),
    }
