"""The events of rooms, as they happened, for GetRoomEvent. They stay when their room is deleted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from localcloud.cloud import Cloud


@dataclass(frozen=True, slots=True)
class RoomEvent:
    """Something that happened in a room; the data are those of its callback."""

    at_s: int
    event_type: str
    data: dict[str, Any]


def add(cloud: Cloud, event_type: str, room_id: int, *, at_s: int, data: dict[str, Any]) -> None:
    cloud.db.execute(
        "INSERT INTO room_events (at_s, event_type, room_id, data) VALUES (?, ?, ?, ?)",
        (at_s, event_type, room_id, json.dumps(data)),
    )


def of_room(cloud: Cloud, room_id: int) -> list[RoomEvent]:
    """Return the events of a room, oldest first."""
    query = "SELECT * FROM room_events WHERE room_id = ? ORDER BY at_s, n"
    return [
        RoomEvent(row["at_s"], row["event_type"], json.loads(row["data"]))
        for row in cloud.db.execute(query, (room_id,)).fetchall()
    ]
