"""Who is in which room, and in what role. Nobody is in two rooms: joining one leaves the other."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.cloud import Cloud
from localcloud.rooms import Room

TEACHER, ASSISTANT, STUDENT, SUPERVISOR = "teacher", "assistant", "student", "supervisor"
_ORDER = (TEACHER, ASSISTANT, SUPERVISOR, STUDENT)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a room; the name is the one at the door: a class in progress keeps old names."""

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
    """Put a user into the room; safe to repeat: the time and name of the first visit stay."""
    name = cloud.db.execute("SELECT name FROM users WHERE user_id = ?", (user_id,)).fetchone()[
        "name"
    ]
    cloud.db.execute(
        "INSERT INTO members VALUES (:user, :room, :now, :name, :supervises) "
        "ON CONFLICT (user_id) DO UPDATE SET room_id = :room, joined_s = :now, name = :name, "
        "supervises = :supervises WHERE room_id != :room OR supervises != :supervises",
        {
            "user": user_id,
            "room": room.room_id,
            "now": cloud.now_s(),
            "name": name,
            "supervises": supervises,
        },
    )


def leave(cloud: Cloud, room: Room, user_id: str) -> None:
    cloud.db.execute(
        "DELETE FROM members WHERE user_id = ? AND room_id = ?", (user_id, room.room_id)
    )


def in_room(cloud: Cloud, room: Room) -> list[Member]:
    """Return who is there: teacher, assistants, supervisors, students, each in order of arrival."""
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
