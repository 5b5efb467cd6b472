"""Recordings of a room, from their start to the file.

State: running (a manual one, not stopped yet), making, ready, failed, deleted. Duration is StopTime - StartTime, at
least one second; the file that stands in for it is shorter (see filming.py). Assumed, because the cloud's pages are
silent: a manual recording that nobody stops ends with the class; of several files DescribeRoom shows the one that
was asked for last.
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import time
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from localcloud import callbacks
from localcloud.cloud import Cloud
from localcloud.errors import BadSettingError
from localcloud.rooms import ENDED, Room

RUNNING, MAKING, READY, FAILED, DELETED = "running", "making", "ready", "failed", "deleted"
AUTOMATIC, MANUAL = 0, 2  # values of DisableRecord
MAX_DELAY_S = 7 * 24 * 3600
FILE_NAME = "f0.mp4"
_NOTE = "recording"


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    """How recordings are made.

    `delay_s` lies between the end of a recording and its file, by the cloud's clock. Without `enabled` every
    recording fails in silence. With `describe_record_silent` DescribeRecord lists nothing, though DescribeRoom
    has the address: the cloud's pages do not say whether it lists automatic recordings.
    """

    delay_s: float = 0
    enabled: bool = True
    describe_record_silent: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording; `stop_s` is 0 while it runs."""

    id: int
    room_id: int
    video_id: str
    task_id: str
    start_s: int
    stop_s: int
    size_bytes: int
    state: str
    due_s: float
    announced: bool

    @property
    def duration_s(self) -> int:
        return max(self.stop_s - self.start_s, 0)


def settings(cloud: Cloud) -> RecordingSettings:
    return RecordingSettings(**cloud.note(_NOTE, default={}))


def change_settings(cloud: Cloud, wanted: dict[str, Any]) -> None:
    """Set what is named; the rest stays. Recordings that wait already keep their delay.

    Raises:
        BadSettingError: an unknown name, or a value of a wrong type or out of range.
    """
    kept = asdict(settings(cloud))
    if unknown := wanted.keys() - kept.keys():
        raise BadSettingError(f"unknown field {min(unknown)!a}")
    delay_s = wanted.get("delay_s", 0)
    if isinstance(delay_s, bool) or not isinstance(delay_s, int | float):
        raise BadSettingError("delay_s must be a number of seconds")
    if not 0 <= delay_s <= MAX_DELAY_S:
        raise BadSettingError("delay_s is out of range")
    for name in ("enabled", "describe_record_silent"):
        if not isinstance(wanted.get(name, True), bool):
            raise BadSettingError(f"{name} must be true or false")
    cloud.keep_note(_NOTE, {**kept, **wanted})


def path_of(cloud: Cloud, recording: Recording) -> Path:
    return _folder(cloud, recording.room_id) / recording.video_id / FILE_NAME


def url_of(cloud: Cloud, recording: Recording) -> str:
    return f"{cloud.base_url}/vod/{recording.room_id}/{recording.video_id}/{FILE_NAME}"


def of_room(cloud: Cloud, room_id: int) -> list[Recording]:
    """Return all recordings of a room, whatever their state, oldest first."""
    query = "SELECT * FROM recordings WHERE room_id = ? ORDER BY id"
    return [_recording(row) for row in cloud.db.execute(query, (room_id,)).fetchall()]


def ready_ones(cloud: Cloud, room_id: int) -> list[Recording]:
    return [each for each in of_room(cloud, room_id) if each.state == READY]


def shown_by_room(cloud: Cloud, room: Room) -> tuple[str, int]:
    """Return address and seconds of the latest file, as DescribeRoom gives them: nothing before the end."""
    ready = ready_ones(cloud, room.room_id) if room.status == ENDED else []
    return (url_of(cloud, ready[-1]), ready[-1].duration_s) if ready else ("", 0)


def running_one(cloud: Cloud, room_id: int) -> Recording | None:
    return next((each for each in of_room(cloud, room_id) if each.state == RUNNING), None)


def find(cloud: Cloud, video_id: str) -> Recording | None:
    row = cloud.db.execute("SELECT * FROM recordings WHERE video_id = ?", (video_id,)).fetchone()
    return None if row is None else _recording(row)


def begin(cloud: Cloud, room: Room) -> Recording:
    """Start a manual recording. The caller holds a transaction, here and below."""
    return _add(cloud, room.room_id, start_s=cloud.now_s(), stop_s=0, state=RUNNING)


def finish(cloud: Cloud, recording: Recording, *, at_s: int) -> None:
    """Stop a manual recording; its file is made from now on."""
    made = settings(cloud)
    cloud.db.execute(
        "UPDATE recordings SET start_s = ?, stop_s = ?, state = ?, due_s = ? WHERE id = ?",
        (
            _lasting(recording.start_s, at_s),
            at_s,
            MAKING if made.enabled else FAILED,
            _due_s(cloud, made),
            recording.id,
        ),
    )
    cloud.stir()


def close_room(cloud: Cloud, room: Room) -> None:
    """Do what the end of a class asks for: record it when it is automatic, stop what still runs."""
    running = running_one(cloud, room.room_id)
    if running is not None:
        finish(cloud, running, at_s=room.real_end_s)
    if room.fields["DisableRecord"] == AUTOMATIC:
        start_s = room.real_start_s
        finish(cloud, _add(cloud, room.room_id, start_s=start_s), at_s=room.real_end_s)


def add_late(cloud: Cloud, room: Room, *, start_s: int, stop_s: int, announced: bool) -> Recording:
    """Make one more recording at once, whatever the settings say."""
    added = _add(
        cloud, room.room_id, start_s=start_s, stop_s=stop_s, state=MAKING, announced=announced
    )
    cloud.stir()
    return added


def waiting(cloud: Cloud) -> list[Recording]:
    """Return what is to be made by now, the longest due first."""
    query = "SELECT * FROM recordings WHERE state = 'making' AND due_s <= ? ORDER BY due_s, id"
    rows = cloud.db.execute(query, (cloud.time_s(),)).fetchall()
    return [_recording(row) for row in rows]


def close(cloud: Cloud, recording: Recording, *, size_bytes: int) -> None:
    """Keep a made file, of 0 bytes when making it failed, and tell of it; a deleted one stays deleted."""
    state = READY if size_bytes else FAILED
    changed = cloud.db.execute(
        "UPDATE recordings SET state = ?, size_bytes = ? WHERE id = ? AND video_id = ? AND state = ?",
        (state, size_bytes, recording.id, recording.video_id, MAKING),
    )
    if not changed.rowcount:
        shutil.rmtree(path_of(cloud, recording).parent, ignore_errors=True)
    elif size_bytes and recording.announced:
        callbacks.queue(
            cloud,
            callbacks.RECORD_FINISH,
            recording.room_id,
            Duration=recording.duration_s,
            RecordSize=size_bytes,
            RecordUrl=url_of(cloud, recording),
        )
    cloud.stir()


def delete_all(cloud: Cloud, room_id: int) -> None:
    """Delete what a room has recorded, files too; a recording that runs goes on."""
    cloud.db.execute(
        "UPDATE recordings SET state = ? WHERE room_id = ? AND state != ?",
        (DELETED, room_id, RUNNING),
    )
    shutil.rmtree(_folder(cloud, room_id), ignore_errors=True)


def wait_until_made(cloud: Cloud, room_id: int, *, timeout_s: float) -> bool:
    """Wait for the files of a room; tell whether all are there. The caller holds no lock."""
    until_s = time.monotonic() + timeout_s
    while True:
        seen = cloud.news.number
        with cloud.lock:
            states = {each.state for each in of_room(cloud, room_id)}
        if MAKING not in states:
            return FAILED not in states
        if cloud.stopping.is_set() or time.monotonic() > until_s:
            return False
        cloud.news.wait(seen, 1)


def _add(
    cloud: Cloud,
    room_id: int,
    *,
    start_s: int,
    stop_s: int = 0,
    state: str = RUNNING,
    announced: bool = True,
) -> Recording:
    added = Recording(
        id=0,
        room_id=room_id,
        video_id=f"1{secrets.randbelow(10**15):015d}",
        task_id=str(uuid.uuid4()),
        start_s=_lasting(start_s, stop_s) if stop_s else start_s,
        stop_s=stop_s,
        size_bytes=0,
        state=state,
        due_s=0,
        announced=announced,
    )
    number = cloud.db.execute(
        "INSERT INTO recordings VALUES (NULL, :room_id, :video_id, :task_id, :start_s, :stop_s, :size_bytes, "
        ":state, :due_s, :announced)",
        asdict(added),
    ).lastrowid
    return replace(added, id=number or 0)


def _lasting(start_s: int, stop_s: int) -> int:
    """Return a start that leaves one second at least: 0 would read as unknown."""
    return min(start_s, stop_s - 1)


def _due_s(cloud: Cloud, made: RecordingSettings) -> float:
    # Without a delay no clock is asked, so that one set back cannot hold a file up.
    return cloud.time_s() + made.delay_s if made.delay_s else 0


def _folder(cloud: Cloud, room_id: int) -> Path:
    return cloud.config.media_path / str(room_id)


def _recording(row: sqlite3.Row) -> Recording:
    return Recording(**{**dict(row), "announced": bool(row["announced"])})
