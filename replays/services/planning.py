"""A replay for every class, from the moment that it is planned, following its lesson and room."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Iterator

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import ClassroomIdentity
from edu_platform.lib.batches import ROWS_A_STATEMENT, in_batches
from edu_platform.lib.due import Rules, each_batch
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.statements import NO_KEY, Statement
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from replays.models.replay import locking
from replays.services.history import note_many
from replays.services.state_sync import (
    bring_many_up_to_date,
    bring_up_to_date,
    note_state,
    set_facts,
    state_event,
)
from schedule.enums import CloudStatus, LessonState, RoomReason
from schedule.lessons.delete import LessonBegun
from schedule.models import Lesson, Room

# A class that ended this recently is asked for at once.
FRESH = dt.timedelta(hours=6)
HELD = frozenset({CloudStatus.RUNNING, CloudStatus.ENDED})


@transaction.atomic
def follow_lessons(lesson_ids: Collection[int]) -> None:
    """Expect a replay of each of these lessons, and bring those that are expected up to date.

    Drafts have none. Safe to repeat.
    """
    at = timezone.now()
    portions = list(in_batches(sorted(lesson_ids)))
    known: dict[int, int | None] = {}
    for some_ids in portions:
        known.update(_REPLAYS_OF_LESSONS.rows(lesson_ids=some_ids))
    if known:
        bring_many_up_to_date(known, at)
    for some_ids in portions:
        _expect(sorted(set(some_ids).difference(known.values())), at)


def expect_missing() -> int:
    """Create missing replays of lessons, as for those older than this app; return how many.

    All of them, however many: the command that calls it needs them.
    """
    rules = Rules(name="lessons without a replay", limit_s=math.inf)
    batches = ((lesson_ids, follow_lessons) for lesson_ids in _lessons_without_replay())
    return each_batch(rules, batches, timezone.now()).done


def _lessons_without_replay() -> Iterator[list[int]]:
    missing = Lesson.objects.exclude(state=LessonState.DRAFT).filter(replays=None).order_by("pk")
    last_id = 0
    while lesson_ids := list(
        missing.filter(pk__gt=last_id).values_list("pk", flat=True)[:ROWS_A_STATEMENT]
    ):
        yield lesson_ids
        last_id = lesson_ids[-1]


_REPLAYS_OF_LESSONS = Statement(
    lambda lesson_ids: Replay.objects.filter(lesson__pk__in=lesson_ids).values_list(
        "pk", "lesson_id"
    )
)


def _expect(lesson_ids: list[int], at: dt.datetime) -> None:
    rooms = _ROOMS_WITHOUT_REPLAY.rows(lesson_ids=lesson_ids)
    room_of = {room.lesson_id: room for room in rooms}
    replays = []
    for lesson in _PLANNED.rows(lesson_ids=lesson_ids):
        replay = Replay(lesson=lesson, room=room_of.get(lesson.pk))
        set_facts(replay, files=(), at=at)
        replays.append(replay)
    Replay.objects.bulk_create(replays, batch_size=ROWS_A_STATEMENT)
    # Being expected is no event. Nor is "never held" for a past lesson imported without a room: its room may be
    # imported right after it.
    untold = {ReplayReason.TO_COME, ReplayReason.NEVER_HELD}
    begun = [replay for replay in replays if replay.reason not in untold]
    note_many([state_event(replay, at=at) for replay in begun])


_ROOMS_WITHOUT_REPLAY = Statement(
    lambda lesson_ids: Room.objects.current().made().filter(lesson__pk__in=lesson_ids, replay=None)
)
_PLANNED = Statement(
    lambda lesson_ids: (
        Lesson.objects.filter(pk__in=lesson_ids)
        .exclude(state=LessonState.DRAFT)
        .select_related("teacher")
    )
)


@transaction.atomic
def let_go_of_lessons(lesson_ids: Collection[int]) -> None:
    """Before these lessons are deleted: forget their replays, of which nothing is there yet.

    Raises:
        LessonBegun: one of them has a file, so the class was held, whatever the cloud said last.
    """
    for some_ids in in_batches(sorted(lesson_ids)):
        locked = _LOCKED_OF_LESSONS.rows(lesson_ids=some_ids)
        held = _WITH_FILES.first(replay_ids=locked)
        if held is not None and held.lesson is not None:
            raise LessonBegun(held.lesson)
        Replay.objects.filter(pk__in=locked).delete()


_LOCKED_OF_LESSONS = Statement(
    lambda lesson_ids: locking(Replay.objects.filter(lesson__pk__in=lesson_ids))
)
_WITH_FILES = Statement(
    lambda replay_ids: (
        Replay.objects.filter(pk__in=replay_ids)
        .exclude(files=None)
        .select_related("lesson")
        .order_by("pk")[:1]
    )
)


@transaction.atomic
def follow_rooms(room_ids: Collection[int]) -> None:
    """Give each room in which a class is or was held its replay, and bring it up to date."""
    at = timezone.now()
    rooms = _ROOMS.rows(room_ids=list(room_ids))
    if rooms:
        _lock_replays_of(rooms)
    for room in rooms:
        replay = _replay_of(room)
        if replay is None:
            continue
        is_due = bring_up_to_date(replay.pk, at)
        # Imports by thousands wait for the scheduled polling.
        if is_due and at - replay.planned_end < FRESH:
            enqueue_on_commit("replays.ask_for_missing")


_ROOMS = Statement(
    lambda room_ids: (
        Room.objects.made().filter(pk__in=room_ids).select_related("lesson").order_by("pk")
    )
)


def _lock_replays_of(rooms: Iterable[Room]) -> None:
    """Lock the replays of these rooms, and those waiting for one, in the common order."""
    room_ids = [room.pk for room in rooms]
    lesson_ids = [room.lesson_id for room in rooms if room.lesson_id is not None]
    _CONCERNED.rows(room_ids=room_ids, lesson_ids=lesson_ids or [NO_KEY])


_CONCERNED = Statement(
    lambda room_ids, lesson_ids: locking(
        Replay.objects.filter(Q(room__pk__in=room_ids) | Q(room=None, lesson__pk__in=lesson_ids))
    ),
    never_empty=["room_ids", "lesson_ids"],
)


def _replay_of(room: Room) -> Replay | None:
    """The replay of a room; None for one that was put aside before anybody began a class in it."""
    replay = _OF_ROOM.first(room_id=room.pk)
    if room.lesson is None:
        # That of a lesson that was deleted has one only if somebody began a class in it all the same.
        is_ours = room.reason == RoomReason.ADOPTED or room.cloud_status in HELD
        return replay or (_add(room) if is_ours else None)
    is_wanted = room.is_current or room.cloud_status in HELD
    waiting = _WAITING.first(lesson_id=room.lesson.pk)
    if replay is not None:
        return _keep(replay, room, waiting) if is_wanted else _set_free(replay, waiting)
    if not is_wanted:
        return None
    if waiting is None:
        return _add(room)
    waiting.room = room
    waiting.save(update_fields=["room"])
    return waiting


_OF_ROOM = Statement(lambda room_id: Replay.objects.filter(room=room_id))
_WAITING = Statement(lambda lesson_id: Replay.objects.filter(lesson=lesson_id, room=None))


def _keep(replay: Replay, room: Room, waiting: Replay | None) -> Replay:
    """Follow a room that was found in the cloud, and only later came to belong to a lesson."""
    if replay.lesson_id != room.lesson_id:
        if waiting is not None:
            waiting.delete()
        replay.lesson = room.lesson
        replay.save(update_fields=["lesson"])
    return replay


def _set_free(replay: Replay, waiting: Replay | None) -> Replay | None:
    """Let the replay of a room that was put aside wait for the lesson's next room.

    If that has a replay already, delete this one.
    """
    if replay.files.exists():
        return replay
    if waiting is not None or _has_newer_room(replay):
        replay.delete()
        return None
    replay.room = None
    replay.save(update_fields=["room"])
    return replay


def _has_newer_room(replay: Replay) -> bool:
    others = Replay.objects.filter(lesson=replay.lesson_id).exclude(pk=replay.pk)
    return others.filter(room__is_current=True).exists()


def _add(room: Room) -> Replay:
    replay = Replay(lesson=room.lesson, room=room)
    if room.lesson is None:
        identity = ClassroomIdentity.objects.filter(
            sdk_app_id=room.sdk_app_id, classroom_user_id=room.sent_teacher_user_id
        ).first()
        replay.teacher = identity.user if identity else None
    at = timezone.now()
    set_facts(replay, files=(), at=at)
    replay.save()
    if replay.state != ReplayState.EXPECTED:
        note_state(replay, at=at, source=room.source)
    return replay
