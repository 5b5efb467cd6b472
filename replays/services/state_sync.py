"""The columns of a replay, recomputed from its lesson, its room and its files."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import F, Q

from edu_platform.lib.batches import in_batches, update_rows
from edu_platform.lib.statements import Statement
from replays.enums import ReplayEventKind, ReplayState
from replays.models import Replay, ReplayEvent, ReplayFile
from replays.models.replay import locking, with_facts
from replays.overdue import class_end
from replays.search.search_box import folded, title_grams
from replays.services.history import note_many
from replays.states import (
    FileFacts,
    ReplayFacts,
    RoomFacts,
    decide,
    next_ask,
    state_ignoring_trash,
)
from schedule.enums import CloudStatus, RecordMode, RoomType
from schedule.models import ManualRecording, Room

# The cloud's RoomType, of rooms that were not made from a lesson.
ROOM_TYPE_OF_CLOUD = {
    0: RoomType.INTERACTIVE,
    1: RoomType.LECTURE,
    2: RoomType.ONE_TO_ONE,
    3: RoomType.ROUND_TABLE,
    4: RoomType.LECTURE,  # live in groups
}


def bring_up_to_date(replay_id: int, at: dt.datetime) -> bool:
    """Recompute a replay and return whether the cloud is to be asked for it now."""
    return replay_id in bring_many_up_to_date([replay_id], at)


@transaction.atomic
def bring_many_up_to_date(replay_ids: Iterable[int], at: dt.datetime) -> set[int]:
    """Recompute replays, and return those for which the cloud is to be asked now; few statements.

    They are locked in their order until the transaction ends.
    """
    due: set[int] = set()
    for batch in in_batches(sorted(replay_ids)):
        replays = locked_by_key(batch)
        _recompute(replays, at)
        due.update(replay.pk for replay in replays if _is_due(replay, at))
    return due


def locked_by_key(replay_ids: Sequence[int]) -> list[Replay]:
    """Do as `locked` for these, by statements: each change of a lesson or a room asks for its replay."""
    return with_facts_of(_LOCKED.rows(replay_ids=list(replay_ids)))


def with_facts_of(replay_ids: list[int]) -> list[Replay]:
    """These replays in their order, with lesson, room and files."""
    return _WITH_FACTS.rows(replay_ids=replay_ids)


_LOCKED = Statement(lambda replay_ids: locking(Replay.objects.filter(pk__in=replay_ids)))
_WITH_FACTS = Statement(lambda replay_ids: with_facts(Replay.objects.filter(pk__in=replay_ids)))


def _recompute(replays: Iterable[Replay], at: dt.datetime) -> None:
    alike: dict[tuple[str, ...], list[Replay]] = defaultdict(list)
    turned: list[ReplayEvent] = []
    for replay in replays:
        before = columns_of(replay)
        if set_facts(replay, files=list(replay.files.all()), at=at):
            source = replay.room.source if replay.room else ""
            turned.append(state_event(replay, at=at, source=source))
        alike[tuple(changed_columns(replay, before))].append(replay)
    for columns, of_them in alike.items():
        if columns:
            update_rows(of_them, columns)
    note_many(turned)


def _is_due(replay: Replay, at: dt.datetime) -> bool:
    is_being_asked = replay.leased_until is not None and replay.leased_until > at
    return replay.due_at is not None and replay.due_at <= at and not is_being_asked


def changed_columns(replay: Replay, before: Mapping[str, object]) -> list[str]:
    """The columns that changed since `columns_of` was called."""
    return [name for name, value in columns_of(replay).items() if value != before[name]]


def columns_of(replay: Replay) -> dict[str, object]:
    fields = replay._meta.concrete_fields  # noqa: SLF001 -- Django's documented name for it
    return {field.attname: getattr(replay, field.attname) for field in fields}


def note_state(replay: Replay, *, at: dt.datetime, source: str = "") -> None:
    """Record the new state of a saved replay in its history."""
    note_many([state_event(replay, at=at, source=source)])


def state_event(replay: Replay, *, at: dt.datetime, source: str = "") -> ReplayEvent:
    """The new state of a replay, for its history."""
    return ReplayEvent(
        replay=replay,
        kind=ReplayEventKind.STATE,
        at=at,
        source=source,
        detail=state_detail(replay),
    )


def state_detail(replay: Replay) -> str:
    return f"{replay.state}/{replay.reason}"


def set_facts(replay: Replay, *, files: Sequence[ReplayFile], at: dt.datetime) -> bool:
    """Set every column that follows from lesson, room and files; say whether state or reason changed.

    Nothing is saved. A question that is due, or put off while the cloud is silent, stays as it is. One in the
    trash is polled as if it were not there.
    """
    _set_lesson_facts(replay)
    present = [file for file in files if file.gone_at is None]
    replay.made_at = _made_at(replay.room, present)
    facts = _facts(replay, files)
    state, reason = decide(facts, at)
    beneath, _reason = state_ignoring_trash(facts, at)
    has_turned = (replay.state, replay.reason) != (state, reason) or replay.pk is None
    if has_turned:
        replay.state, replay.reason = state, reason
        replay.state_since = _since(state, replay.room, at)
    if has_turned and not facts.is_trashed:
        replay.due_at = next_ask(beneath, facts, asks=replay.asks, at=at)
    elif beneath is ReplayState.READY and replay.unreachable_since is None:
        # The class may have ended since its first file was found.
        _ask_sooner(replay, next_ask(beneath, facts, asks=replay.asks, at=at))
    _set_list_facts(replay, present)
    return has_turned


def _set_list_facts(replay: Replay, present: Sequence[ReplayFile]) -> None:
    """Set the columns that lists are sorted and searched by."""
    sizes = [file.size_bytes for file in present]
    known = [size for size in sizes if size is not None]
    replay.listed_at = replay.made_at or _planned(replay)
    replay.list_rank = int(replay.is_settled)
    replay.size_bytes = sum(known) if known and len(known) == len(sizes) else None
    replay.title_folded = folded(replay.title)
    replay.title_grams = title_grams(replay.title)


def _planned(replay: Replay) -> dt.datetime:
    """The time in lists of a replay that was not made: of a failed one, when its class ended by the plan."""
    has_failed = replay.state == ReplayState.FAILED
    return replay.planned_end if has_failed else replay.planned_start


def _ask_sooner(replay: Replay, moment: dt.datetime | None) -> None:
    if moment is not None and (replay.due_at is None or moment < replay.due_at):
        replay.due_at = moment


def schedule_next_ask(replay: Replay, *, files: Sequence[ReplayFile], at: dt.datetime) -> None:
    """Set when the cloud is asked next, after it has answered."""
    facts = _facts(replay, files)
    state, _reason = state_ignoring_trash(facts, at)
    replay.due_at = next_ask(state, facts, asks=replay.asks, at=at)


def _set_lesson_facts(replay: Replay) -> None:
    lesson, room = replay.lesson, replay.room
    if lesson is not None:
        replay.title = lesson.title
        replay.room_type = lesson.room_type
        if replay.teacher_id != lesson.teacher_id:
            # The former teacher got the warning; the new one gets a week too.
            replay.teacher_id, replay.expiry_told_at = lesson.teacher_id, None
        replay.planned_start, replay.planned_end = lesson.starts_at, lesson.ends_at
    elif room is not None:
        replay.title = room.sent_name or str(room.room_id)
        replay.room_type = _room_type(room)
        replay.planned_start = room.sent_starts_at or replay.planned_start
        replay.planned_end = room.sent_ends_at or replay.planned_end
    replay.room_number = room.room_id if room is not None else None


def _room_type(room: Room) -> RoomType:
    if room.sent_room_type == 0 and room.sent_max_mic_number == 1:
        return RoomType.ONE_TO_ONE
    return ROOM_TYPE_OF_CLOUD.get(room.sent_room_type or 0, RoomType.INTERACTIVE)


def _made_at(room: Room | None, present: Sequence[ReplayFile]) -> dt.datetime | None:
    stopped = [file.stopped_at for file in present if file.stopped_at is not None]
    if stopped:
        return max(stopped)
    return room.real_ended_at if room is not None else None


def _facts(replay: Replay, files: Sequence[ReplayFile]) -> ReplayFacts:
    lesson, room = replay.lesson, replay.room
    present = [file for file in files if file.gone_at is None]
    wanted = lesson.record_mode if lesson is not None else RecordMode.AUTOMATIC
    return ReplayFacts(
        record_mode=wanted,
        is_cancelled=lesson is not None and lesson.is_cancelled,
        planned_end=replay.planned_end,
        asked_at=replay.asked_at,
        refused_since=replay.refused_since,
        is_trashed=replay.deleted_at is not None,
        is_purged=replay.purged_at is not None,
        room=None if room is None else _room_facts(replay, room, wanted),
        files=FileFacts(
            is_any_present=bool(present),
            are_streams_alone=bool(present) and all(file.stream_of for file in present),
            missing_since=min(
                (file.missing_since for file in present if file.missing_since), default=None
            ),
            last_found_at=max((file.first_seen_at for file in files), default=None),
        ),
    )


def _room_facts(replay: Replay, room: Room, wanted: int) -> RoomFacts:
    record_mode = wanted if room.sent_record_mode is None else room.sent_record_mode
    is_by_hand = record_mode == RecordMode.MANUAL
    return RoomFacts(
        status=CloudStatus(room.cloud_status),
        record_mode=record_mode,
        is_gone=room.gone_at is not None,
        was_never_held=room.was_never_held(planned_end=replay.planned_end),
        ended_at=class_end(replay),
        was_recording_refused=room.recording_refused,
        was_started_by_hand=is_by_hand and _STARTED_BY_HAND.first(room_id=room.pk) is not None,
    )


# Where the class was over before the cloud had said whether it records, it may have.
_MAY_HAVE_BEGUN = Q(started_at__isnull=False) | Q(
    asked_at__lt=F("room__real_ended_at"), stopped_at__gte=F("room__real_ended_at")
)
_STARTED_BY_HAND = Statement(
    lambda room_id: ManualRecording.objects.filter(_MAY_HAVE_BEGUN, room=room_id).values_list("pk")[
        :1
    ]
)


def _since(state: ReplayState, room: Room | None, at: dt.datetime) -> dt.datetime:
    """Return since when the state holds: the class's own moments where it has them."""
    moments: dict[ReplayState, dt.datetime | None] = {}
    if room is not None:
        moments = {
            ReplayState.RECORDING: room.real_started_at,
            ReplayState.PROCESSING: room.real_ended_at,
        }
    return moments.get(state) or at
