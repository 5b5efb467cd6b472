"""Watching over the lessons of this hour: each is judged at its minutes, and at once when something changes.

No function here that asks the cloud may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Iterable, Sequence

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import SchoolSettings
from attendance.alarms.facts import read_facts
from attendance.alarms.rules import Judgement, judge
from attendance.alarms.telling import tell_soon
from attendance.enums import ALARMS_ABOUT_PEOPLE, AlarmEnd, AlarmKind
from attendance.models import Alarm, LessonWatch, RoomPresence
from attendance.presence import short_marks
from attendance.presence.judging_soon import WATCH_TASK, judge_soon
from attendance.presence.looking import LOOK_EVERY_WITH_ALARM, look_at
from classroom.client import clock_difference
from classroom.client.clock import cloud_time
from classroom.client.errors import CloudError
from edu_platform.lib.batches import in_batches
from edu_platform.lib.due import DueLoop, Rules, Run, exponential
from edu_platform.lib.statements import Statement
from schedule.enums import CloudStatus, LessonState
from schedule.models import FAILS_IN_CLOUD, LONGEST_LESSON, Lesson, Room
from schedule.polling_times import LATE_END
from schedule.rooms.polling import refresh_listed

logger = logging.getLogger(__name__)

LESSONS_AT_ONCE = 100
RUN_LIMIT_S = 20.0
# With the clock's next turn, what a killed worker had is done within half a minute.
LEASE = dt.timedelta(seconds=20)
FIRST_RETRY, LAST_RETRY = dt.timedelta(seconds=5), dt.timedelta(minutes=1)
PAUSE = dt.timedelta(milliseconds=500)


def watch_due(at: dt.datetime) -> Run:
    """Judge the lessons of this hour whose minute has come."""
    short_marks.begin_turn(WATCH_TASK)
    watch_over_new(at)
    loop = DueLoop(
        rules=Rules(name="alarms of classes", limit_s=RUN_LIMIT_S),
        rows=LessonWatch.objects.all(),
        lease=LEASE,
        pause=lambda row, _err, _at: exponential(row.attempts, FIRST_RETRY, LAST_RETRY),
    )
    due = list(_DUE.rows(at=at))
    run = loop.run_batches(due, judge_lessons, at, size=LESSONS_AT_ONCE)
    _go_on()
    return run


def watch_over_new(at: dt.datetime) -> None:
    """Begin to watch over lessons whose teacher may enter by now, and judge those whose room fails."""
    latest_start = at + SchoolSettings.load().teacher_window
    moments = {"at": at, "latest_start": latest_start, "earliest_start": at - LONGEST_LESSON}
    watches = [LessonWatch(lesson_id=pk, due_at=at) for pk in _UNWATCHED.rows(**moments)]
    if watches:
        LessonWatch.objects.bulk_create(watches, ignore_conflicts=True)
    failing = _FAILING.rows(**moments)
    if failing:
        with transaction.atomic():
            LessonWatch.objects.filter(pk__in=failing).update_in_order(due_at=at)


def forget_over(at: dt.datetime) -> int:
    """Forget who was inside, and what was watched, of classes that were over long ago; return of how many."""
    before = at - LATE_END
    is_over = Q(room__lesson=None) | Q(room__lesson__ends_at__lt=before)
    presences = RoomPresence.objects.filter(is_over)
    forgotten, _by_model = presences.delete()
    LessonWatch.objects.filter(lesson__ends_at__lt=before).filter(
        Q(due_at=None) | Q(lesson__ends_at__lt=before - LATE_END)
    ).delete()
    return forgotten


# --- Listeners: they ask no cloud -----------------------------------------------------------------------


def lessons_have_changed(lesson_ids: Collection[int]) -> None:
    judge_soon(lesson_ids, timezone.now())


def rooms_have_changed(room_ids: Collection[int]) -> None:
    """Judge the lessons of these rooms; who was inside one that is over, or was put aside, is forgotten."""
    for some_ids in in_batches(sorted(room_ids)):
        over = _PRESENCES_OVER.rows(room_ids=some_ids)
        if over:
            RoomPresence.objects.filter(pk__in=over).delete()
        judge_soon(set(_LESSONS_OF.rows(room_ids=some_ids)), timezone.now())


# --- Judging ------------------------------------------------------------------------------------------


def judge_lessons(rows: Sequence[LessonWatch]) -> None:
    """Judge leased rows: what their rules lack is asked for first, in one list for all that lack a state."""
    at = timezone.now()
    lesson_ids = [row.pk for row in rows]
    judgements = _judged(lesson_ids, at)
    without_state = {pk for pk, judgement in judgements.items() if judgement.wants_state}
    if without_state:
        _ask_for_states(without_state)
        judgements |= _judged(without_state, timezone.now())
    without_look = {pk for pk, judgement in judgements.items() if judgement.wants_look}
    if without_look:
        rooms = _CURRENT_ROOMS.rows(lesson_ids=sorted(without_look))
        look_at([room.pk for room in rooms], timezone.now())
        judgements |= _judged(without_look, timezone.now())
    _learn_clouds_time(judgements.values())
    for row in rows:
        judgement = judgements.get(row.pk)
        if judgement is not None and (judgement.raises or judgement.ends):
            judgement = settle(row.pk, timezone.now())
        _plan(row, judgement)


def _judged(lesson_ids: Collection[int], at: dt.datetime) -> dict[int, Judgement]:
    return {pk: judge(facts, at) for pk, facts in read_facts(lesson_ids, at).items()}


def _ask_for_states(lesson_ids: Collection[int]) -> None:
    try:
        refresh_listed(_CURRENT_ROOMS.rows(lesson_ids=sorted(lesson_ids)))
    except CloudError as err:
        logger.warning("alarms of classes: the cloud did not list their rooms: %s", err)


def _learn_clouds_time(judgements: Iterable[Judgement]) -> None:
    """Ask the cloud for its time where an alarm stands on its moments, and this process has heard nothing of it lately."""
    raises = {kind for judgement in judgements for kind in judgement.raises}
    if clock_difference.is_seen() or raises.isdisjoint(ALARMS_ABOUT_PEOPLE):
        return
    try:
        cloud_time()
    except CloudError as err:
        logger.warning("alarms of classes: the cloud does not tell its time: %s", err)


def _plan(row: LessonWatch, judgement: Judgement | None) -> None:
    """Say when a leased row is judged next, unless somebody wants that sooner."""
    if judgement is None:
        return  # the lesson is gone
    watch = LessonWatch.objects.filter(pk=row.pk)
    if judgement.has_judged_students:
        watch.update(students_judged_at=timezone.now())
    watch.filter(due_at=row.due_at).update(due_at=judgement.next_at)


@transaction.atomic
def settle(lesson_pk: int, at: dt.datetime) -> Judgement | None:
    """Judge a lesson once more with the lesson locked, and raise and end its alarms. Safe to repeat."""
    if _LOCKED.first(lesson_pk=lesson_pk) is None:
        return None
    facts = read_facts([lesson_pk], at).get(lesson_pk)
    if facts is None:
        return None
    judgement = judge(facts, at)
    if any(kind in ALARMS_ABOUT_PEOPLE for kind in judgement.raises):
        _look_while_open(lesson_pk, at)
    for kind, end in judgement.ends.items():
        _end(lesson_pk, kind, end, at)
    for kind, certain_at in judgement.raises.items():
        _raise(lesson_pk, kind, certain_at, at)
    return judgement


def _raise(lesson_pk: int, kind: AlarmKind, certain_at: dt.datetime, at: dt.datetime) -> None:
    """Raise an alarm; one of the time from which the lesson was moved is raised anew."""
    alarms = Alarm.objects.filter(lesson=lesson_pk, kind=kind, end=AlarmEnd.LESSON_CHANGED)
    alarm = alarms.select_for_update(of=("self",), no_key=True).first()
    if alarm is None:
        alarm = Alarm(lesson_id=lesson_pk, kind=kind)
    alarm.certain_at, alarm.raised_at = certain_at, at
    alarm.ended_at, alarm.end = None, ""
    alarm.taken_by, alarm.taken_at, alarm.note = None, None, ""
    alarm.told_at, alarm.all_told_at = None, None
    alarm.save()
    logger.warning("alarm of lesson %s: %s", lesson_pk, kind.value)
    tell_soon(alarm)


def _end(lesson_pk: int, kind: AlarmKind, end: AlarmEnd, at: dt.datetime) -> None:
    Alarm.objects.open().filter(lesson=lesson_pk, kind=kind).update_in_order(ended_at=at, end=end)


def _look_while_open(lesson_pk: int, at: dt.datetime) -> None:
    rooms = _CURRENT_ROOMS.rows(lesson_ids=[lesson_pk])
    next_look_at = at + LOOK_EVERY_WITH_ALARM
    has_later_turn = Q(due_at=None) | Q(due_at__gt=next_look_at)
    presences = RoomPresence.objects.filter(has_later_turn, pk__in=[room.pk for room in rooms])
    presences.update_in_order(due_at=next_look_at)


def _go_on() -> None:
    """Judge again in a moment where a minute comes before the clock's own turn."""
    at = timezone.now()
    watches = LessonWatch.objects.unleased(at=at).filter(due_at__lte=at + short_marks.SOON)
    due_at = watches.order_by("due_at").values_list("due_at", flat=True).first()
    if due_at is not None:
        short_marks.go_on_in(WATCH_TASK, max(due_at - at, PAUSE))


_DUE = Statement(lambda at: LessonWatch.objects.due(at)[:500])
_UNWATCHED = Statement(
    lambda at, latest_start, earliest_start: (
        Lesson.objects.filter(
            state=LessonState.PUBLISHED,
            watch=None,
            starts_at__gte=earliest_start,
            starts_at__lte=latest_start,
            ends_at__gt=at,
        )
        .order_by("pk")
        .values_list("pk", flat=True)
    )
)
# Not all that learn of a room that fails tell of it.
_FAILING = Statement(
    lambda at, latest_start, earliest_start: (
        Room.objects.current()
        .filter(
            FAILS_IN_CLOUD,
            cloud_status=CloudStatus.NOT_STARTED,
            lesson__state=LessonState.PUBLISHED,
            lesson__starts_at__gte=earliest_start,
            lesson__starts_at__lte=latest_start,
            lesson__ends_at__gt=at,
            lesson__watch__due_at__gt=at,
        )
        # One of the time from which the lesson was moved is raised anew.
        .exclude(
            lesson__alarms__in=Alarm.objects.filter(kind=AlarmKind.CANNOT_BE_OPENED).exclude(
                end=AlarmEnd.LESSON_CHANGED
            )
        )
        .order_by("pk")
        .values_list("lesson", flat=True)
    )
)
_LOCKED = Statement(
    lambda lesson_pk: (
        Lesson.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=lesson_pk)
        .values_list("pk", flat=True)
    )
)
_CURRENT_ROOMS = Statement(
    lambda lesson_ids: (
        Room.objects.current()
        .open()
        .filter(lesson__pk__in=lesson_ids)
        .select_related("lesson", "polling")
        .order_by("pk")
    )
)
_LESSONS_OF = Statement(
    lambda room_ids: (
        Room.objects.filter(pk__in=room_ids, lesson__watch__isnull=False)
        .order_by("lesson")
        .values_list("lesson", flat=True)
    )
)
_PRESENCES_OVER = Statement(
    lambda room_ids: (
        RoomPresence.objects.filter(room__pk__in=room_ids)
        .filter(
            Q(room__is_current=False)
            | Q(room__gone_at__isnull=False)
            | Q(room__cloud_status__in=[CloudStatus.ENDED, CloudStatus.EXPIRED])
        )
        .order_by("pk")
        .values_list("pk", flat=True)
    )
)
