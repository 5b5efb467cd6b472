"""The recordings by hand, as pages show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import FilteredRelation, OuterRef, Q, QuerySet, Subquery

from edu_platform.lib.aggregates import lines_of
from edu_platform.lib.statements import Statement
from schedule.enums import CloudStatus, RecordMode
from schedule.models import Lesson, ManualRecording, Room


@dataclass(frozen=True, slots=True)
class OpenRecording:
    """A recording that somebody asked for and nobody has ended; whether it runs may not be known yet."""

    asked_at: dt.datetime
    started_at: dt.datetime | None
    stop_asked_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class RecordingState:
    """The state of a lesson's recording by hand, in its current room, and what can be done with it."""

    # Since when it is recorded; None: it is not.
    since: dt.datetime | None
    # Somebody wants it to start or to stop, and whether it does is not known yet.
    is_asked: bool
    can_start: bool
    can_stop: bool


@dataclass(frozen=True, slots=True)
class RecordedPart:
    """One recording that was started by hand."""

    since: dt.datetime
    # None while it runs.
    until: dt.datetime | None
    started_by: str
    # Empty where the end of the class stopped it.
    stopped_by: str


def recordings_of(lesson_ids: Collection[int]) -> dict[int, RecordingState]:
    """Return how far those of the lessons are that are recorded by hand and have a room; one query."""
    rows = _OF_LESSONS.rows(lesson_ids=list(lesson_ids)) if lesson_ids else []
    states = {}
    for lesson_id, cloud_status, gone_at, sent_record_mode, asked_at, *moments in rows:
        recording = None if asked_at is None else OpenRecording(asked_at, *moments)
        states[lesson_id] = recording_state(
            recording,
            cloud_status=cloud_status,
            gone_at=gone_at,
            sent_record_mode=sent_record_mode,
        )
    return states


def recording_state(
    recording: OpenRecording | None,
    *,
    cloud_status: int,
    gone_at: dt.datetime | None,
    sent_record_mode: int | None,
) -> RecordingState:
    """Return what a room and its open recording, if there is one, say of a lesson that is recorded by hand."""
    is_running = cloud_status == CloudStatus.RUNNING and gone_at is None
    if recording is None:
        can_start = is_running and sent_record_mode == RecordMode.MANUAL
        return RecordingState(since=None, is_asked=False, can_start=can_start, can_stop=False)
    is_stopping = recording.stop_asked_at is not None
    return RecordingState(
        since=recording.started_at,
        is_asked=recording.started_at is None or is_stopping,
        can_start=False,
        can_stop=is_running and not is_stopping,
    )


def parts_of(lesson: Lesson) -> list[RecordedPart]:
    """Return what was recorded of a lesson by hand, the oldest first; what never began is left out."""
    return [
        RecordedPart(
            since=row.started_at,
            until=row.stopped_at,
            started_by=row.started_by.display_name,
            stopped_by="" if row.stopped_by is None else row.stopped_by.display_name,
        )
        for row in _PARTS.rows(lesson_id=lesson.pk)
        if row.started_at is not None
    ]


def recording_facts() -> Subquery:
    """Return the facts that the panel of a lesson follows from, for a page that asks again and again."""
    of_lesson = ManualRecording.objects.filter(room__lesson=OuterRef("pk"))
    return lines_of(of_lesson, "pk", "started_at", "stop_asked_at", "stopped_at", of="room__lesson")


def _of_lessons(lesson_ids: list[int]) -> QuerySet[Room, tuple[Any, ...]]:
    rooms = Room.objects.current().made()
    by_hand = rooms.filter(lesson__pk__in=lesson_ids, lesson__record_mode=RecordMode.MANUAL)
    runs = Q(manual_recordings__stopped_at=None)
    return by_hand.annotate(
        recording=FilteredRelation("manual_recordings", condition=runs)
    ).values_list(
        *("lesson", "cloud_status", "gone_at", "sent_record_mode"),
        *("recording__asked_at", "recording__started_at", "recording__stop_asked_at"),
    )


_OF_LESSONS = Statement(_of_lessons)
_PARTS = Statement(
    lambda lesson_id: (
        ManualRecording.objects.filter(room__lesson=lesson_id, started_at__isnull=False)
        .select_related("started_by", "stopped_by")
        .order_by("started_at", "pk")
    )
)
