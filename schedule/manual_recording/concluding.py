"""Note what became of recordings by hand: each of these is one transaction, and safe to repeat.

None of them calls the cloud. The room's listeners hear of it, for whoever shows or waits for a recording.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.services import audit
from edu_platform.lib.statements import Statement
from schedule import hooks
from schedule.enums import CloudStatus
from schedule.models import ManualRecording, Room, lock_lesson_of
from schedule.models.recordings import ManualRecordingQuerySet

# While one runs, the cloud is asked so often whether it still does: it may break off, and ends after ten hours.
ASKED_EVERY = dt.timedelta(minutes=5)


@transaction.atomic
def note_started(recording: ManualRecording, task_id: str, *, at: dt.datetime) -> None:
    """Note that a recording runs, under the cloud's name of it, or that it ran until the class was over."""
    row = _locked(recording, ManualRecording.objects.filter(_MAY_HAVE_BEGUN))
    if row is None:
        return
    is_news = row.started_at is None
    row.task_id = task_id
    row.started_at = row.started_at or min(at, row.stopped_at or at)
    if row.stopped_at is None and row.stop_asked_at is None:
        row.due_at = timezone.now() + ASKED_EVERY
    row.save(update_fields=["task_id", "started_at", "due_at"])
    if is_news:
        audit.record_row(AuditKind.RECORDING_STARTED, _lesson_or_room(row), by=row.started_by)
        hooks.rooms_changed([row.room_id])


@transaction.atomic
def note_stopped(recording: ManualRecording, *, at: dt.datetime) -> None:
    """Note that a recording does not run any more, or has never begun."""
    row = _locked(recording, ManualRecording.objects.running())
    if row is None:
        return
    _stop(row, at)
    if row.started_at is not None and row.stopped_by is not None:
        audit.record_row(AuditKind.RECORDING_STOPPED, _lesson_or_room(row), by=row.stopped_by)
    hooks.rooms_changed([row.room_id])


def stop_with_classes(room_ids: Collection[int]) -> None:
    """Note that the recordings of classes that are over have stopped with them; a listener of rooms."""
    for row in _OF_CLASSES_OVER.rows(room_ids=list(room_ids)):
        _stop(row, row.room.real_ended_at or timezone.now())


def _locked(recording: ManualRecording, among: ManualRecordingQuerySet) -> ManualRecording | None:
    """Return a recording, locked behind its lesson and room; None where it is none of these any more."""
    lock_lesson_of(recording.room_id)
    Room.objects.select_for_update(of=("self",), no_key=True).filter(pk=recording.room_id).first()
    rows = among.filter(pk=recording.pk)
    return rows.select_related("room__lesson", "started_by", "stopped_by").first()


def _stop(row: ManualRecording, at: dt.datetime) -> None:
    row.stopped_at = max(at, row.started_at or row.asked_at)
    row.due_at = None
    row.save(update_fields=["stopped_at", "due_at"])


def _lesson_or_room(row: ManualRecording) -> Model:
    return row.room.lesson or row.room


# It runs, or its class was over before the cloud had answered.
_MAY_HAVE_BEGUN = Q(stopped_at=None) | Q(started_at=None)
_OF_CLASSES_OVER = Statement(
    lambda room_ids: (
        ManualRecording.objects.running()
        .filter(
            Q(room__cloud_status__in=(CloudStatus.ENDED, CloudStatus.EXPIRED))
            | Q(room__gone_at__isnull=False),
            room__pk__in=room_ids,
        )
        .select_related("room")
    )
)
