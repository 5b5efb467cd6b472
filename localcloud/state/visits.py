"""Visits: each stay of a person in a room, from joining to leaving. They are kept when both are gone."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from localcloud.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Visit:
    """One stay; without `left_s` it goes on. The name is that of the class, not of today."""

    n: int
    visit_id: str
    room_id: int
    user_id: str
    name: str
    role: str
    device: int
    joined_s: int
    left_s: int | None
    reason: int | None
    seen_s: float | None


def find(cloud: Cloud, visit_id: str) -> Visit | None:
    return _first(_query(cloud, "visit_id = ?", visit_id))


def present(cloud: Cloud, user_id: str) -> Visit | None:
    """Return the visit that goes on, in whatever room."""
    return _first(_query(cloud, "user_id = ? AND left_s IS NULL", user_id))


def has_later(cloud: Cloud, visit: Visit) -> bool:
    """Return whether the person has begun another visit since, in whatever room."""
    return bool(_query(cloud, "user_id = ? AND n > ?", visit.user_id, visit.n))


def in_room(cloud: Cloud, room_id: int) -> list[Visit]:
    """Return the visits of a room that go on, in order of arrival."""
    return _query(cloud, "room_id = ? AND left_s IS NULL", room_id)


def of_room(cloud: Cloud, room_id: int) -> list[Visit]:
    """Return all visits of a room, in order of arrival."""
    return _query(cloud, "room_id = ?", room_id)


def all_visits(cloud: Cloud) -> list[Visit]:
    return _query(cloud, "1")


def silent_since(cloud: Cloud, real_s: float) -> list[Visit]:
    """Return the visits that go on, and whose page has sent heartbeats, but none since that real time."""
    return _query(cloud, "left_s IS NULL AND seen_s < ?", real_s)


def name_in_class(cloud: Cloud, room_id: int, user_id: str) -> str | None:
    """Return the name with which a person first came: a class keeps old names."""
    query = "SELECT name FROM visits WHERE room_id = ? AND user_id = ? ORDER BY n LIMIT 1"
    row = cloud.db.execute(query, (room_id, user_id)).fetchone()
    return None if row is None else str(row["name"])


def begin(
    cloud: Cloud, room_id: int, user_id: str, *, name: str, role: str, device: int, joined_s: int
) -> str:
    """Add a visit that goes on, and return its id."""
    visit_id = secrets.token_hex(8)
    cloud.db.execute(
        "INSERT INTO visits (visit_id, room_id, user_id, name, role, device, joined_s) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (visit_id, room_id, user_id, name, role, device, joined_s),
    )
    return visit_id


def add_past(
    cloud: Cloud,
    room_id: int,
    user_id: str,
    *,
    name: str,
    role: str,
    device: int,
    joined_s: int,
    left_s: int,
    reason: int,
) -> None:
    """Add a visit that is over."""
    cloud.db.execute(
        "INSERT INTO visits "
        "(visit_id, room_id, user_id, name, role, device, joined_s, left_s, reason) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (secrets.token_hex(8), room_id, user_id, name, role, device, joined_s, left_s, reason),
    )


def close(cloud: Cloud, visit: Visit, *, role: str, left_s: int, reason: int) -> None:
    query = "UPDATE visits SET role = ?, left_s = ?, reason = ? WHERE n = ?"
    cloud.db.execute(query, (role, left_s, reason, visit.n))


def note_heartbeat(cloud: Cloud, visit: Visit, real_s: float) -> None:
    cloud.db.execute("UPDATE visits SET seen_s = ? WHERE n = ?", (real_s, visit.n))


def _query(cloud: Cloud, condition: str, *values: str | float) -> list[Visit]:
    query = f"SELECT * FROM visits WHERE {condition} ORDER BY joined_s, n"
    return [Visit(**dict(row)) for row in cloud.db.execute(query, values).fetchall()]


def _first(visits: Iterable[Visit]) -> Visit | None:
    return next(iter(visits), None)
