"""Asking the cloud whether a recording by hand runs, wherever an answer of it was lost.

No function here may run inside a transaction.
"""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from classroom.client.error_codes import is_class_over, refuses_everybody
from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.rate_limits import Priority
from classroom.client.record_tasks import running_task, stop_recording
from classroom.client.transport import is_configured
from edu_platform.lib.due import DueLoop, Rules, exponential
from schedule.manual_recording.concluding import note_started, note_stopped
from schedule.models import ManualRecording

# A call that was not answered may still come in for so long.
COMES_IN_WITHIN = dt.timedelta(seconds=20)
LEASE = dt.timedelta(minutes=2)
FIRST_RETRY = dt.timedelta(seconds=5)
LAST_RETRY = dt.timedelta(minutes=5)


class NotKnownYet(Exception):
    """Nothing runs, but the call that is to begin it may still come in."""


SETTLING = Rules(
    name="recordings by hand",
    limit_s=50,
    silent=(CloudUnavailable,),
    expected=(CloudRejected, CloudProtocolError, NotKnownYet),
)


def settle_due(at: dt.datetime) -> None:
    """Ask about every recording whose state is not known, and stop those that somebody wants to stop."""
    if not is_configured():
        return
    recordings = ManualRecording.objects.all()
    loop = DueLoop(rules=SETTLING, rows=recordings, lease=LEASE, pause=_pause)
    loop.run(recordings.due(at).select_related("room"), settle, at)


def _pause(recording: ManualRecording, _err: Exception, _at: dt.datetime) -> dt.timedelta:
    return exponential(recording.attempts, FIRST_RETRY, LAST_RETRY)


def settle(recording: ManualRecording) -> None:
    """Ask what runs in the room; stop it where somebody wants that. Safe to repeat.

    Raises:
        NotKnownYet, CloudUnavailable, CloudProtocolError: ask again later.
        CloudRejected: the cloud does not tell, or does not stop it.
    """
    asked_at = timezone.now()
    try:
        task_id = running_task(recording.room.number, Priority.CLASS_ENDED)
        if task_id:
            note_started(recording, task_id, at=recording.asked_at)
        recording.refresh_from_db(fields=["stop_asked_at", "started_at"])
        if task_id and recording.stop_asked_at is None:
            return
        if task_id:
            stop_recording(recording.room.number, task_id, Priority.CLASS_ENDED)
    except CloudRejected as err:
        if not _says_that_nothing_runs(err, recording):
            raise
    if recording.started_at is None and asked_at < recording.asked_at + COMES_IN_WITHIN:
        raise NotKnownYet
    note_stopped(recording, at=asked_at)


def _says_that_nothing_runs(err: CloudRejected, recording: ManualRecording) -> bool:
    """Tell what a refusal means: that the class is over, or that what nobody has known to run never began.

    Of a recording that is known to run it says nothing.
    """
    never_began = recording.started_at is None and not refuses_everybody(err)
    return is_class_over(err) or never_began
