"""Messages of the school to everybody in a class (SendRoomNotificationMessage), kept when their room is gone."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a class."""

    n: int
    room_id: int
    at_s: int
    text: str


def add(cloud: Cloud, room_id: int, text: str) -> None:
    query = "INSERT INTO messages (room_id, at_s, text) VALUES (?, ?, ?)"
    cloud.db.execute(query, (room_id, cloud.now_s(), text))


def of_room(cloud: Cloud, room_id: int) -> list[Message]:
    """Return the messages to a class, oldest first."""
    query = "SELECT * FROM messages WHERE room_id = ? ORDER BY n"
    return [Message(**dict(row)) for row in cloud.db.execute(query, (room_id,)).fetchall()]


def latest(cloud: Cloud, count: int) -> list[Message]:
    """Return the newest messages to all classes, newest first."""
    query = "SELECT * FROM messages ORDER BY n DESC LIMIT ?"
    return [Message(**dict(row)) for row in cloud.db.execute(query, (count,)).fetchall()]
