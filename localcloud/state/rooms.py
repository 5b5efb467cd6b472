"""Rooms. Status: 0 not started, 1 running, 2 ended, 3 expired."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state.room_expiry import ends_s, expires_s

WAITING, RUNNING, ENDED, EXPIRED = 0, 1, 2, 3
FIRST_ROOM_ID = 300_000_000


@dataclass(slots=True)
class Room:
    """One room; `fields` are those of CreateRoom, with its defaults. Real times are 0 until then."""

    room_id: int
    fields: dict[str, Any]
    status: int = WAITING
    real_start_s: int = 0
    real_end_s: int = 0

    @property
    def closes_s(self) -> int | None:
        """Return when the cloud expires (waiting) or ends it (running); None: never."""
        end_s, delay_min = self.fields["EndTime"], self.fields["EndDelayTime"]
        if self.status == WAITING:
            return expires_s(end_s, delay_min)
        return ends_s(end_s, delay_min) if self.status == RUNNING else None

    @property
    def is_open(self) -> bool:
        return self.status in {WAITING, RUNNING}

    def require_open(self) -> None:
        """Check that the room has not ended or expired.

        Raises:
            CloudError: FailedOperation.ClassEnded or ClassExpired.
        """
        if self.status == ENDED:
            raise CloudError("FailedOperation.ClassEnded", "The class has ended.")
        if self.status == EXPIRED:
            raise CloudError("FailedOperation.ClassExpired", "The class has expired.")


def next_id(cloud: Cloud) -> int:
    """Return a number that no room has had, deleted ones included."""
    room_id = int(cloud.value("next_room_id", default=FIRST_ROOM_ID))
    # A past class may have been given any number.
    query = "SELECT 1 FROM rooms WHERE room_id = ?"
    while cloud.db.execute(query, (room_id,)).fetchone() is not None:
        room_id += 1
    cloud.save_value("next_room_id", room_id + 1)
    return room_id


def closing(cloud: Cloud) -> list[Room]:
    """Return the open rooms that are due to expire or to end."""
    query = "SELECT * FROM rooms WHERE status < 2 AND closes_s <= ?"
    return [_room(row) for row in cloud.db.execute(query, (cloud.now_s(),)).fetchall()]


def find(cloud: Cloud, room_id: int) -> Room | None:
    row = cloud.db.execute("SELECT * FROM rooms WHERE room_id = ?", (room_id,)).fetchone()
    return None if row is None else _room(row)


def get(cloud: Cloud, room_id: int) -> Room:
    """Return the room.

    Raises:
        CloudError: ResourceNotFound.Room.
    """
    room = find(cloud, room_id)
    if room is None:
        raise CloudError("ResourceNotFound.Room", "The room does not exist.")
    return room


def all_rooms(cloud: Cloud) -> list[Room]:
    rows = cloud.db.execute("SELECT * FROM rooms ORDER BY start_s, room_id")
    return [_room(row) for row in rows.fetchall()]


def planned_between(cloud: Cloud, first_s: int, last_s: int) -> list[Room]:
    """Return the rooms whose StartTime lies from `first_s` to `last_s`, both included, in time order."""
    query = "SELECT * FROM rooms WHERE start_s BETWEEN ? AND ? ORDER BY start_s, room_id"
    return [_room(row) for row in cloud.db.execute(query, (first_s, last_s)).fetchall()]


def add(cloud: Cloud, fields: dict[str, Any]) -> Room:
    room = Room(next_id(cloud), fields)
    save(cloud, room)
    return room


def save(cloud: Cloud, room: Room) -> None:
    cloud.db.execute(
        "INSERT OR REPLACE INTO rooms VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            room.room_id,
            room.status,
            room.fields["StartTime"],
            room.closes_s,
            room.real_start_s,
            room.real_end_s,
            json.dumps(room.fields),
        ),
    )


def remove(cloud: Cloud, room: Room) -> None:
    cloud.db.execute("DELETE FROM rooms WHERE room_id = ?", (room.room_id,))


def _room(row: sqlite3.Row) -> Room:
    return Room(
        room_id=row["room_id"],
        fields=json.loads(row["fields"]),
        status=row["status"],
        real_start_s=row["real_start_s"],
        real_end_s=row["real_end_s"],
    )
