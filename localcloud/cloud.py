"""The running cloud: its state file, lock and clock.

Everything that must survive a restart is in one SQLite file. One lock is held around each action, so that
actions never see each other half done.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from localcloud.config import Config
from localcloud.limits import Limiter

FIRST_ROOM_ID = 300_000_000
DEFAULT_REFUSED_WORDS = ["违禁词"]
TABLES = ("rooms", "users", "supervisors", "members", "calls", "switches", "notes")
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
CREATE TABLE IF NOT EXISTS members (  -- the key says that nobody is in two rooms at once
    user_id TEXT PRIMARY KEY, room_id INTEGER NOT NULL, joined_s INTEGER NOT NULL, name TEXT NOT NULL,
    supervises INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS members_room ON members (room_id);
CREATE TABLE IF NOT EXISTS calls (
    n INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, action TEXT NOT NULL, params TEXT NOT NULL,
    code TEXT NOT NULL, body_text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS switches (
    id INTEGER PRIMARY KEY AUTOINCREMENT, action TEXT NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL,
    times INTEGER, seconds REAL NOT NULL);
"""


class Cloud:
    """State shared by all request threads."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.limiter = Limiter()
        self.stopping = threading.Event()
        config.state_path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(config.state_path, check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute(
            "PRAGMA synchronous = NORMAL"
        )  # no disk flush per call: a call stays under 5 ms
        self.db.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock and keep all writes of the block, or none when it raises."""
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                raise
            self.db.execute("COMMIT")

    def now_s(self) -> int:
        """Return the cloud's time in whole seconds: real time plus the offset set by control."""
        return int(time.time() + self.note("clock_offset_s", default=0))

    def note(self, name: str, *, default: Any) -> Any:
        with self.lock:
            row = self.db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        return default if row is None else json.loads(row["value"])

    def keep_note(self, name: str, value: Any) -> None:
        with self.lock:
            self.db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, json.dumps(value)))

    def token_key(self) -> str:
        """Return the key that signs tickets; a reset makes a new one, so that old tickets die."""
        key = self.note("token_key", default=None)
        if key is None:
            key = secrets.token_hex(32)
            self.keep_note("token_key", key)
        return str(key)

    def next_room_id(self) -> int:
        """Return a number never given before, deleted rooms included."""
        room_id = int(self.note("next_room_id", default=FIRST_ROOM_ID))
        self.keep_note("next_room_id", room_id + 1)
        return room_id

    def refused_words(self) -> list[str]:
        return list(self.note("refused_words", default=DEFAULT_REFUSED_WORDS))

    def limits_enforced(self) -> bool:
        return self.note("limits_enforced", default=False) is True

    def reset(self) -> None:
        """Forget everything: rooms, users, calls, switches, words, the clock's offset."""
        with self.transaction():
            for table in TABLES:
                self.db.execute(f"DELETE FROM {table}")
        self.limiter = Limiter()

    def close(self) -> None:
        with self.lock:
            self.db.close()
