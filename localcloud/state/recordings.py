"""Recordings of a room, from their start to the file.

State: running (a manual one, not stopped yet), part (stopped, and to be merged), making, ready, failed,
deleted. Duration is StopTime - StartTime without the pauses of a merged one, at least one second; its file is
shorter (media/recording_videos.py). Kind: mixed (the class), stream (one person's picture and sound),
signalling (what the cloud's own player shows, pages/playback_page.py).

A recording of a page lasts ten hours at most.

Assumed, because the cloud's pages are silent: a manual recording that nobody stops ends with the class; of
several files DescribeRoom shows the latest; merged recordings become one file at the end of the class; single
streams are those of the teacher and the assistants that the room names, come with automatic recordings only,
and there are no callbacks for them, nor for signalling replays.
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import time
import uuid
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from localcloud.callbacks import events
from localcloud.cloud import Cloud
from localcloud.state import recording_settings, rooms
from localcloud.state.recording_settings import RecordingSettings
from localcloud.state.rooms import ENDED, Room

RUNNING, PART, MAKING = "running", "part", "making"
READY, FAILED, DELETED = "ready", "failed", "deleted"
MIXED, STREAM, SIGNALLING = "mixed", "stream", "signalling"  # kinds
FILES = frozenset({MIXED, STREAM})
AUTOMATIC, NONE, MANUAL, BY_SIGNALS = 0, 1, 2, 3  # values of DisableRecord
PAGE_LAYOUT = 9  # of RecordLayout
LONGEST_S = 10 * 3600
PLAYBACK_PATH = "/playback/index.html"  # of the page that plays a signalling replay
FILE_NAMES = {
    recording_settings.MP4: "f0.mp4",
    recording_settings.HLS: "index.m3u8",
    recording_settings.HLS_RANGES: "index.m3u8",
}


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
    kind: str = MIXED
    file_format: str = recording_settings.MP4
    user_id: str = ""  # whose stream it is
    pauses_s: int = 0

    @property
    def duration_s(self) -> int:
        return max(self.stop_s - self.start_s - self.pauses_s, 0)

    @property
    def has_ranges(self) -> bool:
        """Tell whether it is a play list whose pieces are byte ranges of one file."""
        return self.file_format == recording_settings.HLS_RANGES

    @property
    def api_format(self) -> str:
        """The format as the API names it."""
        return recording_settings.HLS if self.has_ranges else self.file_format


def path_of(cloud: Cloud, recording: Recording) -> Path:
    folder = cloud.config.media_path / str(recording.room_id) / recording.video_id
    return folder / FILE_NAMES[recording.file_format]


def url_of(cloud: Cloud, recording: Recording) -> str:
    name = FILE_NAMES[recording.file_format]
    return f"{cloud.base_url}/vod/{recording.room_id}/{recording.video_id}/{name}"


def of_room(cloud: Cloud, room_id: int, *, kind: str = MIXED) -> list[Recording]:
    """Return the recordings of a room of one kind, whatever their state, oldest first."""
    query = "SELECT * FROM recordings WHERE room_id = ? AND kind = ? ORDER BY id"
    return [_recording(row) for row in cloud.db.execute(query, (room_id, kind)).fetchall()]


def find_ready(cloud: Cloud, room_id: int, *, kind: str = MIXED) -> list[Recording]:
    return [each for each in of_room(cloud, room_id, kind=kind) if each.state == READY]


def playbacks(cloud: Cloud, room_id: int | None = None) -> list[Recording]:
    """Return the signalling replays that are ready, of one room or of all, oldest first."""
    query = (
        "SELECT * FROM recordings WHERE kind = ? AND state = ? AND ? IN (room_id, 0) ORDER BY id"
    )
    rows = cloud.db.execute(query, (SIGNALLING, READY, room_id or 0)).fetchall()
    return [_recording(row) for row in rows]


def latest_file(cloud: Cloud, room: Room) -> tuple[str, int]:
    """Return address and seconds of the latest file, as DescribeRoom does: none before the end of the class."""
    ready = find_ready(cloud, room.room_id) if room.status == ENDED else []
    return (url_of(cloud, ready[-1]), ready[-1].duration_s) if ready else ("", 0)


def find_running(cloud: Cloud, room_id: int) -> Recording | None:
    return next((each for each in of_room(cloud, room_id) if each.state == RUNNING), None)


def find(cloud: Cloud, video_id: str) -> Recording | None:
    row = cloud.db.execute("SELECT * FROM recordings WHERE video_id = ?", (video_id,)).fetchone()
    return None if row is None else _recording(row)


def begin(cloud: Cloud, room: Room) -> Recording:
    """Start a manual recording. The caller holds a transaction, here and below."""
    return _add(cloud, room.room_id, start_s=cloud.now_s(), stop_s=0, state=RUNNING)


def finish(cloud: Cloud, recording: Recording, *, at_s: int) -> None:
    """Stop a manual recording, at its greatest length at the latest.

    Its file is made from now on, or with the others at the end of the class.
    """
    at_s = min(at_s, recording.start_s + LONGEST_S)
    room = rooms.find(cloud, recording.room_id)
    is_part = room is not None and bool(room.fields["RecordMerge"])
    stopped = replace(recording, start_s=_start_before(recording.start_s, at_s), stop_s=at_s)
    _stop(cloud, stopped, state=PART if is_part else MAKING)


def too_long(cloud: Cloud) -> list[Recording]:
    """Return the manual recordings that have reached the length at which the cloud stops them."""
    query = "SELECT * FROM recordings WHERE state = 'running' AND start_s <= ? ORDER BY id"
    rows = cloud.db.execute(query, (cloud.now_s() - LONGEST_S,)).fetchall()
    return [_recording(row) for row in rows]


def _stop(cloud: Cloud, recording: Recording, *, state: str = MAKING) -> None:
    settings = recording_settings.load(cloud)
    if state == MAKING and not settings.succeeds:
        state = FAILED
    cloud.db.execute(
        "UPDATE recordings SET start_s = ?, stop_s = ?, state = ?, due_s = ?, file_format = ? "
        "WHERE id = ?",
        (
            recording.start_s,
            recording.stop_s,
            state,
            _due_s(cloud, settings),
            recording_settings.MP4 if recording.kind == SIGNALLING else settings.file_format,
            recording.id,
        ),
    )
    cloud.wake()


def close_room(cloud: Cloud, room: Room) -> None:
    """End the recordings of a class: stop a running one, merge, and make the automatic ones."""
    running = find_running(cloud, room.room_id)
    if running is not None:
        finish(cloud, running, at_s=room.real_end_s)
    _merge(cloud, room)
    if room.fields["DisableRecord"] == AUTOMATIC:
        _record(cloud, room, kind=MIXED)
        for user_id in streamed_users(room):
            _record(cloud, room, kind=STREAM, user_id=user_id)
    if room.fields["DisableRecord"] == BY_SIGNALS:
        _record(cloud, room, kind=SIGNALLING)


def _record(cloud: Cloud, room: Room, *, kind: str, user_id: str = "") -> None:
    """Add a recording of the whole class, to be made from now on."""
    added = _add(
        cloud,
        room.room_id,
        start_s=room.real_start_s,
        stop_s=room.real_end_s,
        announced=kind == MIXED,
        kind=kind,
        user_id=user_id,
    )
    _stop(cloud, added)


def streamed_users(room: Room) -> list[str]:
    """Return who has a single stream beside an automatic recording."""
    if not room.fields["RecordStream"]:
        return []
    named = [room.fields["TeacherId"], *room.fields["Assistants"]]
    return [user_id for user_id in named if user_id]


def _merge(cloud: Cloud, room: Room) -> None:
    """Make one recording of all that were stopped in a class with RecordMerge."""
    parts = [each for each in of_room(cloud, room.room_id) if each.state == PART]
    if not parts:
        return
    whole = parts[-1]
    start_s, stop_s = parts[0].start_s, whole.stop_s
    pauses_s = stop_s - start_s - sum(each.duration_s for each in parts)
    for each in parts[:-1]:
        cloud.db.execute("DELETE FROM recordings WHERE id = ?", (each.id,))
    cloud.db.execute(
        "UPDATE recordings SET pauses_s = ? WHERE id = ?", (max(pauses_s, 0), whole.id)
    )
    _stop(cloud, replace(whole, start_s=start_s))


def add_immediate(
    cloud: Cloud,
    room: Room,
    *,
    start_s: int,
    stop_s: int,
    announced: bool,
    kind: str = MIXED,
    file_format: str | None = None,
    user_id: str = "",
) -> Recording:
    """Add a recording to be made at once; of the settings only the format applies."""
    added = _add(
        cloud,
        room.room_id,
        start_s=start_s,
        stop_s=stop_s,
        state=MAKING,
        announced=announced,
        kind=kind,
        file_format=file_format or recording_settings.load(cloud).file_format,
        user_id=user_id,
    )
    cloud.wake()
    return added


def waiting(cloud: Cloud) -> list[Recording]:
    """Return the recordings that are due to be made, the longest due first."""
    query = "SELECT * FROM recordings WHERE state = 'making' AND due_s <= ? ORDER BY due_s, id"
    rows = cloud.db.execute(query, (cloud.time_s(),)).fetchall()
    return [_recording(row) for row in rows]


def close(cloud: Cloud, recording: Recording, *, size_bytes: int) -> None:
    """Save a made file, of 0 bytes when it failed, and queue its event; a deleted recording stays deleted."""
    state = READY if size_bytes else FAILED
    changed = cloud.db.execute(
        "UPDATE recordings SET state = ?, size_bytes = ? WHERE id = ? AND video_id = ? AND state = ?",
        (state, size_bytes, recording.id, recording.video_id, MAKING),
    )
    if not changed.rowcount:
        shutil.rmtree(path_of(cloud, recording).parent, ignore_errors=True)
    elif size_bytes and recording.announced:
        events.queue(
            cloud,
            events.RECORD_FINISH,
            recording.room_id,
            Duration=recording.duration_s,
            RecordSize=size_bytes,
            RecordUrl=url_of(cloud, recording),
        )
    cloud.wake()


def delete_all(cloud: Cloud, room_id: int, *, kinds: Collection[str] = FILES) -> bool:
    """Delete a room's recordings with their files; return whether there were any. A running one goes on."""
    had_some = False
    for kind in kinds:
        for each in of_room(cloud, room_id, kind=kind):
            if each.state in {RUNNING, DELETED}:
                continue
            had_some = had_some or each.state in {READY, MAKING}
            query = "UPDATE recordings SET state = ? WHERE id = ?"
            cloud.db.execute(query, (DELETED, each.id))
            shutil.rmtree(path_of(cloud, each).parent, ignore_errors=True)
    with suppress(OSError):  # it does not exist, or holds recordings of another kind
        (cloud.config.media_path / str(room_id)).rmdir()
    return had_some


def wait_until_made(cloud: Cloud, room_id: int, *, timeout_s: float) -> bool:
    """Wait for the files of a room; return whether all were made. The caller holds no lock."""
    until_s = time.monotonic() + timeout_s
    while True:
        seen = cloud.wakeups.number
        with cloud.lock:
            query = "SELECT DISTINCT state FROM recordings WHERE room_id = ?"
            states = {row["state"] for row in cloud.db.execute(query, (room_id,)).fetchall()}
        if MAKING not in states:
            return FAILED not in states
        if cloud.stopping.is_set() or time.monotonic() > until_s:
            return False
        cloud.wakeups.wait(seen, 1)


def _add(
    cloud: Cloud,
    room_id: int,
    *,
    start_s: int,
    stop_s: int = 0,
    state: str = RUNNING,
    announced: bool = True,
    kind: str = MIXED,
    file_format: str = recording_settings.MP4,
    user_id: str = "",
) -> Recording:
    added = Recording(
        id=0,
        room_id=room_id,
        video_id=f"1{secrets.randbelow(10**15):015d}",
        task_id=str(uuid.uuid4()),
        start_s=_start_before(start_s, stop_s) if stop_s else start_s,
        stop_s=stop_s,
        size_bytes=0,
        state=state,
        due_s=0,
        announced=announced,
        kind=kind,
        file_format=file_format,
        user_id=user_id,
    )
    values = asdict(added)
    del values["id"]
    names, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    number = cloud.db.execute(
        f"INSERT INTO recordings ({names}) VALUES ({places})", values
    ).lastrowid
    return replace(added, id=number or 0)


def _start_before(start_s: int, stop_s: int) -> int:
    """Return a start at least one second before the stop: a duration of 0 would read as unknown."""
    return min(start_s, stop_s - 1)


def _due_s(cloud: Cloud, settings: RecordingSettings) -> float:
    # Without a delay the clock does not matter, so that setting it back cannot delay a file.
    return cloud.time_s() + settings.delay_s if settings.delay_s else 0


def _recording(row: sqlite3.Row) -> Recording:
    return Recording(**{**dict(row), "announced": bool(row["announced"])})
