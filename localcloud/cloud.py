"""The running cloud: its state file, lock and clock.

Everything that must survive a restart is in one SQLite file. One lock is held around each action, so that
no action sees another one half done.
"""

from __future__ import annotations

import json
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from localcloud.config import Config
from localcloud.rate_limits import RateLimiter
from localcloud.wakeups import Wakeups

TABLES = (
    "rooms",
    "users",
    "supervisors",
    "visits",
    "room_events",
    "calls",
    "switches",
    "notes",
    "recordings",
    "play_records",
    "deliveries",
    "documents",
    "bindings",
    "messages",
    "marquees",
    "groups",
    "group_members",
)
SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rooms (
    room_id INTEGER PRIMARY KEY, status INTEGER NOT NULL, start_s INTEGER NOT NULL,
    closes_s INTEGER,  -- when the room expires (status 0) or its overtime runs out (status 1)
    real_start_s INTEGER NOT NULL, real_end_s INTEGER NOT NULL, fields TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS rooms_start ON rooms (start_s, room_id);
CREATE INDEX IF NOT EXISTS rooms_closes ON rooms (closes_s) WHERE status < 2;
CREATE TABLE IF NOT EXISTS users (
    user_id TEXT PRIMARY KEY, origin_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, avatar TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS supervisors (user_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS visits (  -- kept when the room and the user are gone
    n INTEGER PRIMARY KEY AUTOINCREMENT, visit_id TEXT NOT NULL UNIQUE, room_id INTEGER NOT NULL,
    user_id TEXT NOT NULL, name TEXT NOT NULL, role TEXT NOT NULL, device INTEGER NOT NULL,
    joined_s INTEGER NOT NULL, left_s INTEGER, reason INTEGER,  -- no left_s: still there
    seen_s REAL);  -- real time of the page's last heartbeat, if it has sent one
CREATE UNIQUE INDEX IF NOT EXISTS visits_present  -- nobody is in two rooms at once
    ON visits (user_id) WHERE left_s IS NULL;
CREATE INDEX IF NOT EXISTS visits_room ON visits (room_id);
CREATE TABLE IF NOT EXISTS room_events (
    n INTEGER PRIMARY KEY AUTOINCREMENT, at_s INTEGER NOT NULL, event_type TEXT NOT NULL,
    room_id INTEGER NOT NULL, data TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS room_events_room ON room_events (room_id, at_s);
CREATE TABLE IF NOT EXISTS calls (
    n INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, action TEXT NOT NULL, params TEXT NOT NULL,
    code TEXT NOT NULL, body_text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS switches (
    id INTEGER PRIMARY KEY AUTOINCREMENT, action TEXT NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL,
    times INTEGER, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS recordings (
    id INTEGER PRIMARY KEY AUTOINCREMENT, room_id INTEGER NOT NULL, video_id TEXT NOT NULL UNIQUE,
    task_id TEXT NOT NULL, start_s INTEGER NOT NULL, stop_s INTEGER NOT NULL, size_bytes INTEGER NOT NULL,
    state TEXT NOT NULL,  -- running, making, ready, failed, deleted
    due_s REAL NOT NULL,  -- not made before this time of the cloud; 0: at once
    announced INTEGER NOT NULL,  -- whether RecordFinish tells of it
    kind TEXT NOT NULL DEFAULT 'mixed',  -- mixed, stream, signalling
    file_format TEXT NOT NULL DEFAULT 'mp4', user_id TEXT NOT NULL DEFAULT '',
    pauses_s INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS recordings_room ON recordings (room_id);
CREATE INDEX IF NOT EXISTS recordings_running ON recordings (start_s) WHERE state = 'running';
CREATE INDEX IF NOT EXISTS recordings_making ON recordings (due_s) WHERE state = 'making';
CREATE TABLE IF NOT EXISTS play_records (
    session_id TEXT PRIMARY KEY, room_id INTEGER NOT NULL, user_id TEXT NOT NULL, begin_s INTEGER NOT NULL,
    end_s INTEGER NOT NULL, duration_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS play_records_room ON play_records (room_id, begin_s);
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, document_id TEXT NOT NULL UNIQUE, task_id TEXT NOT NULL UNIQUE,
    fields TEXT NOT NULL, state INTEGER NOT NULL, progress INTEGER NOT NULL,
    result TEXT NOT NULL,  -- a path below the task's folder; the code of a failure
    info TEXT NOT NULL, pages INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL, created_s REAL NOT NULL,
    due_s REAL NOT NULL,  -- not transcoded before this time of the cloud; 0: at once
    updated_s INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS documents_due ON documents (due_s) WHERE state = 1;
CREATE TABLE IF NOT EXISTS bindings (
    n INTEGER PRIMARY KEY AUTOINCREMENT, room_id INTEGER NOT NULL, document_id TEXT NOT NULL,
    bind_type INTEGER NOT NULL, UNIQUE (room_id, document_id));
CREATE INDEX IF NOT EXISTS bindings_document ON bindings (document_id);
CREATE TABLE IF NOT EXISTS messages (  -- kept when the room is gone
    n INTEGER PRIMARY KEY AUTOINCREMENT, room_id INTEGER NOT NULL, at_s INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS messages_room ON messages (room_id);
CREATE TABLE IF NOT EXISTS marquees (room_id INTEGER PRIMARY KEY, fields TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS groups (
    n INTEGER PRIMARY KEY AUTOINCREMENT, group_id TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    teacher_id TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS group_members (
    group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS group_members_user ON group_members (user_id);
CREATE TABLE IF NOT EXISTS deliveries (
    n INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, event_type TEXT NOT NULL,
    room_id INTEGER NOT NULL,  -- for an event of a document: minus the document's number
    timestamp_s INTEGER NOT NULL, data TEXT NOT NULL,
    is_copy INTEGER NOT NULL,  -- the second one of an event that is delivered twice
    outcome TEXT NOT NULL,  -- waiting, sent, lost, given_up
    due_s REAL NOT NULL,  -- real time of the next try
    codes TEXT NOT NULL);  -- HTTP status of each try, 0 for no answer
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_s) WHERE outcome = 'waiting';
CREATE INDEX IF NOT EXISTS deliveries_room ON deliveries (room_id, event_type);
"""
# What state files of earlier versions lack.
ADDED_TO_RECORDINGS = {
    "kind": "TEXT NOT NULL DEFAULT 'mixed'",
    "file_format": "TEXT NOT NULL DEFAULT 'mp4'",
    "user_id": "TEXT NOT NULL DEFAULT ''",
    "pauses_s": "INTEGER NOT NULL DEFAULT 0",
}
# State files of earlier versions know who is in a room, and nobody who was. A web page is the one device of that time.
MEMBERS_BECOME_VISITS = """
INSERT INTO visits (visit_id, room_id, user_id, name, role, device, joined_s)
SELECT lower(hex(randomblob(8))), members.room_id, user_id, name, CASE
    WHEN json_extract(rooms.fields, '$.TeacherId') = user_id THEN 'teacher'
    WHEN user_id IN (SELECT value FROM json_each(rooms.fields, '$.Assistants')) THEN 'assistant'
    WHEN supervises THEN 'supervisor' ELSE 'student' END, 5, joined_s
FROM members JOIN rooms USING (room_id);
DROP TABLE members;
"""


class Cloud:
    """State shared by all request threads."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.limiter = RateLimiter()
        self.stopping = threading.Event()
        self.wakeups = Wakeups()
        self._wakes_on_commit = False
        self.base_url = ""  # known once the server listens
        config.state_path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(config.state_path, check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute(
            "PRAGMA synchronous = NORMAL"
        )  # no disk flush per call: a call stays under 5 ms
        self.db.executescript(SCHEMA)
        self._add_columns()
        self._take_over_members()

    def _add_columns(self) -> None:
        rows = self.db.execute("PRAGMA table_info(recordings)").fetchall()
        known = {row["name"] for row in rows}
        for name, column in ADDED_TO_RECORDINGS.items():
            if name not in known:
                self.db.execute(f"ALTER TABLE recordings ADD COLUMN {name} {column}")

    def _take_over_members(self) -> None:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'members'"
        if self.db.execute(query).fetchone() is not None:
            self.db.executescript(f"BEGIN; {MEMBERS_BECOME_VISITS} COMMIT;")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock and commit all writes of the block; roll back when it raises."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")
            if self._wakes_on_commit:
                self._wakes_on_commit = False
                self.wakeups.notify()

    def wake(self) -> None:
        """Wake the background threads after the commit of the transaction that the caller holds."""
        self._wakes_on_commit = True

    def now_s(self) -> int:
        """Return the cloud's time in whole seconds: real time plus the offset set by control."""
        return int(self.time_s())

    def time_s(self) -> float:
        """Return the cloud's time."""
        return time.time() + float(self.value("clock_offset_s", default=0))

    def value(self, name: str, *, default: Any) -> Any:
        with self.lock:
            row = self.db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row["value"])

    def save_value(self, name: str, value: Any) -> None:
        with self.lock:
            self.db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, json.dumps(value)))

    def token_key(self) -> str:
        """Return the key that signs tokens; a reset makes a new one, so that old tokens are void."""
        key = self.value("token_key", default=None)
        if key is None:
            key = secrets.token_hex(32)
            self.save_value("token_key", key)
        return str(key)

    def limits_enforced(self) -> bool:
        return self.value("limits_enforced", default=False) is True

    def reset(self) -> None:
        """Delete everything that came after the start: rooms, users, files, calls, faults, settings."""
        with self.lock:
            with self.transaction():
                for table in TABLES:
                    self.db.execute(f"DELETE FROM {table}")
            shutil.rmtree(self.config.media_path, ignore_errors=True)
            self.limiter = RateLimiter()

    def close(self) -> None:
        with self.lock:
            self.db.close()
