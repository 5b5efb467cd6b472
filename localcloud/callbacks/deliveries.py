"""The outbox of callbacks with their outcomes: one row per event and per copy of it. The last 5,000 are kept."""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import asdict, dataclass
from typing import Any

from localcloud.cloud import Cloud

WAITING, SENT, LOST, GIVEN_UP = "waiting", "sent", "lost", "given_up"
KEPT = 5000
_TRIM_EVERY = 100


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of an event; `codes` are the HTTP status of each try, 0 where no response came.

    For an event of a document `room_id` is minus the document's number, so that its events are sent in order, too.
    """

    n: int
    at: float
    event_type: str
    room_id: int
    timestamp_s: int
    data: dict[str, Any]
    is_copy: bool
    outcome: str
    due_s: float
    codes: list[int]

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "tries": len(self.codes)}


def add(
    cloud: Cloud,
    event_type: str,
    data: dict[str, Any],
    *,
    room_id: int,
    at_s: int,
    delay_s: float,
    outcome: str = WAITING,
    is_copy: bool = False,
) -> None:
    """Add a delivery of an event that happened at `at_s`."""
    queued_at = time.time()
    number = cloud.db.execute(
        "INSERT INTO deliveries (at, event_type, room_id, timestamp_s, data, is_copy, outcome, due_s, codes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, '[]')",
        (
            queued_at,
            event_type,
            room_id,
            at_s,
            json.dumps(data),
            is_copy,
            outcome,
            queued_at + delay_s,
        ),
    ).lastrowid
    if number is not None and number % _TRIM_EVERY == 0:
        cloud.db.execute(
            "DELETE FROM deliveries WHERE n <= ? AND outcome != ?", (number - KEPT, WAITING)
        )


def count_events(cloud: Cloud, event_type: str, room_id: int) -> int:
    query = "SELECT count(*) FROM deliveries WHERE room_id = ? AND event_type = ? AND NOT is_copy"
    return int(cloud.db.execute(query, (room_id, event_type)).fetchone()[0])


def first_due(cloud: Cloud, at_s: float, *, except_rooms: set[int]) -> Delivery | None:
    """Return the delivery that is due first, outside of some rooms."""
    marks = ",".join("?" * len(except_rooms))
    query = (
        f"SELECT * FROM deliveries WHERE outcome = 'waiting' AND due_s <= ? AND room_id NOT IN ({marks}) "
        "ORDER BY due_s, n LIMIT 1"
    )
    found = _deliveries(cloud.db.execute(query, (at_s, *except_rooms)).fetchall())
    return found[0] if found else None


def close_due(cloud: Cloud, at_s: float, *, outcome: str) -> None:
    """Close the deliveries that are due, without a try."""
    query = "UPDATE deliveries SET outcome = ? WHERE outcome = 'waiting' AND due_s <= ?"
    cloud.db.execute(query, (outcome, at_s))


def next_due_s(cloud: Cloud, after_s: float) -> float | None:
    query = "SELECT min(due_s) FROM deliveries WHERE outcome = 'waiting' AND due_s > ?"
    found: float | None = cloud.db.execute(query, (after_s,)).fetchone()[0]
    return found


def close(cloud: Cloud, delivery: Delivery, *, outcome: str, codes: list[int]) -> None:
    """Save how it ended; a delivery that a reset has deleted stays deleted."""
    cloud.db.execute(
        "UPDATE deliveries SET outcome = ?, codes = ? WHERE n = ?",
        (outcome, json.dumps(codes), delivery.n),
    )


def postpone(cloud: Cloud, delivery: Delivery, *, due_s: float, codes: list[int]) -> None:
    cloud.db.execute(
        "UPDATE deliveries SET due_s = ?, codes = ? WHERE n = ?",
        (due_s, json.dumps(codes), delivery.n),
    )


def since(cloud: Cloud, number: int) -> list[Delivery]:
    query = "SELECT * FROM deliveries WHERE n > ? ORDER BY n"
    return _deliveries(cloud.db.execute(query, (number,)).fetchall())


def latest(cloud: Cloud, count: int) -> list[Delivery]:
    """Return the newest ones, newest first."""
    query = "SELECT * FROM deliveries ORDER BY n DESC LIMIT ?"
    return _deliveries(cloud.db.execute(query, (count,)).fetchall())


def _deliveries(rows: list[sqlite3.Row]) -> list[Delivery]:
    return [
        Delivery(
            **{
                **dict(row),
                "data": json.loads(row["data"]),
                "is_copy": bool(row["is_copy"]),
                "codes": json.loads(row["codes"]),
            }
        )
        for row in rows
    ]
