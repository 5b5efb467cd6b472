"""People in rooms, with their roles. Nobody is in two rooms: joining one leaves the other."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from localcloud.callbacks import events
from localcloud.cloud import Cloud
from localcloud.state import rooms
from localcloud.state.rooms import Room

TEACHER, ASSISTANT, STUDENT, SUPERVISOR = "teacher", "assistant", "student", "supervisor"
_ORDER = (TEACHER, ASSISTANT, SUPERVISOR, STUDENT)
_NUMBERS = {STUDENT: 0, TEACHER: 1, ASSISTANT: 2, SUPERVISOR: 3}  # as callbacks call them


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a room; the name is that of the moment of joining: a class in progress keeps old names."""

    user_id: str
    name: str
    role: str
    joined_s: int


def role_of(room: Room, user_id: str, *, supervises: bool) -> str:
    if user_id == room.fields["TeacherId"]:
        return TEACHER
    if user_id in room.fields["Assistants"]:
        return ASSISTANT
    return SUPERVISOR if supervises else STUDENT


def join(cloud: Cloud, room: Room, user_id: str, *, supervises: bool) -> None:
    """Add a user to the room; safe to repeat: the time and name of the first visit stay."""
    row = _find(cloud, user_id)
    if row is not None:
        if (row["room_id"], row["supervises"]) == (room.room_id, supervises):
            return
        _remove(cloud, row, reason=events.REASON_LEFT)
    query = "SELECT name FROM users WHERE user_id = ?"
    name = cloud.db.execute(query, (user_id,)).fetchone()["name"]
    cloud.db.execute(
        "INSERT INTO members (user_id, room_id, joined_s, name, supervises) VALUES (?, ?, ?, ?, ?)",
        (user_id, room.room_id, cloud.now_s(), name, supervises),
    )
    role = role_of(room, user_id, supervises=supervises)
    _queue_event(cloud, events.MEMBER_JOIN, room, user_id, role)


def leave(cloud: Cloud, room: Room, user_id: str) -> None:
    row = _find(cloud, user_id)
    if row is not None and row["room_id"] == room.room_id:
        _remove(cloud, row, reason=events.REASON_LEFT)


def leave_any(cloud: Cloud, user_id: str) -> None:
    """Remove a user from the room that they are in, if any."""
    row = _find(cloud, user_id)
    if row is not None:
        _remove(cloud, row, reason=events.REASON_LEFT)


def remove_all(cloud: Cloud, room: Room) -> None:
    query = "SELECT * FROM members WHERE room_id = ? ORDER BY joined_s, user_id"
    for row in cloud.db.execute(query, (room.room_id,)).fetchall():
        _remove(cloud, row, reason=events.REASON_ROOM_ENDED)


def in_room(cloud: Cloud, room: Room) -> list[Member]:
    """Return the members: teacher, assistants, supervisors, students, each in order of arrival."""
    query = "SELECT * FROM members WHERE room_id = ? ORDER BY joined_s, user_id"
    members = [
        Member(
            user_id=row["user_id"],
            name=row["name"],
            role=role_of(room, row["user_id"], supervises=bool(row["supervises"])),
            joined_s=row["joined_s"],
        )
        for row in cloud.db.execute(query, (room.room_id,)).fetchall()
    ]
    return sorted(members, key=lambda member: _ORDER.index(member.role))


def _find(cloud: Cloud, user_id: str) -> sqlite3.Row | None:
    row = cloud.db.execute("SELECT * FROM members WHERE user_id = ?", (user_id,)).fetchone()
    return row if isinstance(row, sqlite3.Row) else None


def _remove(cloud: Cloud, row: sqlite3.Row, *, reason: int) -> None:
    user_id, room = row["user_id"], rooms.get(cloud, row["room_id"])
    cloud.db.execute("DELETE FROM members WHERE user_id = ?", (user_id,))
    role = role_of(room, user_id, supervises=bool(row["supervises"]))
    _queue_event(cloud, events.MEMBER_QUIT, room, user_id, role, Reason=reason)


def _queue_event(
    cloud: Cloud, event_type: str, room: Room, user_id: str, role: str, **more: int
) -> None:
    events.queue(
        cloud,
        event_type,
        room.room_id,
        UserId=user_id,
        Device=events.DEVICE_WEB,
        Role=_NUMBERS[role],
        **more,
    )
