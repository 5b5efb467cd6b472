"""Records of watching signalling replays: one for each visit of a page that was told to keep one, while it plays.

Assumed, because the cloud's pages are silent: a record begins at the first moment that plays, ends at the last one, and
counts the seconds of the clock that the film ran; visitors whose ticket names nobody have records without a UserId.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from localcloud.cloud import Cloud


@dataclass(frozen=True, slots=True)
class PlayRecord:
    """One visit."""

    session_id: str
    room_id: int
    user_id: str
    begin_s: int
    end_s: int
    duration_ms: int


def new_session(cloud: Cloud, room_id: int) -> str:
    """Return a name for a visit, as the cloud forms it."""
    return f"{room_id}-{int(cloud.time_s() * 1000)}-{secrets.token_hex(4)}"


def note(cloud: Cloud, session_id: str, room_id: int, user_id: str, duration_ms: int) -> None:
    """Note how long a visit has played so far; it never becomes shorter."""
    now_s = cloud.now_s()
    cloud.db.execute(
        "INSERT INTO play_records VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (session_id) DO UPDATE SET"
        " end_s = excluded.end_s, duration_ms = max(duration_ms, excluded.duration_ms)"
        " WHERE room_id = excluded.room_id AND user_id = excluded.user_id",
        (session_id, room_id, user_id, now_s - duration_ms // 1000, now_s, duration_ms),
    )


def of_room(
    cloud: Cloud, room_id: int, *, start_s: int, end_s: int, user_id: str | None
) -> list[PlayRecord]:
    """Return the records that lie in this time in part or wholly, the oldest first."""
    query = (
        "SELECT * FROM play_records WHERE room_id = ? AND begin_s <= ? AND end_s >= ?"
        " ORDER BY begin_s, session_id"
    )
    rows = cloud.db.execute(query, (room_id, end_s, start_s)).fetchall()
    records = [PlayRecord(**dict(row)) for row in rows]
    return [record for record in records if user_id in (None, record.user_id)]
