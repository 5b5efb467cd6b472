"""Open SQLite with a journal beside which others read, and writers who wait for each other."""

from __future__ import annotations

SQLITE_OPTIONS = {
    # Writers queue at the start of a transaction instead of failing in its middle.
    "transaction_mode": "IMMEDIATE",
    # Longer than long work of a large school writes, and shorter than nginx waits for an answer.
    "timeout": 45,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA busy_timeout=45000;",
}
