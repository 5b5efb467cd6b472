"""Users and supervisors. Deleting a user also ends their presence and supervision (assumed)."""

from __future__ import annotations

import secrets
import sqlite3
import string
from typing import Any

from localcloud.cloud import Cloud
from localcloud.state import members

USER_ID_LENGTH = 27
_ALPHABET = string.digits + string.ascii_letters


def find(cloud: Cloud, user_id: str) -> sqlite3.Row | None:
    row = cloud.db.execute("SELECT * FROM users WHERE user_id = ?", (user_id,)).fetchone()
    return row if isinstance(row, sqlite3.Row) else None


def find_by_origin(cloud: Cloud, origin_id: str) -> sqlite3.Row | None:
    row = cloud.db.execute("SELECT * FROM users WHERE origin_id = ?", (origin_id,)).fetchone()
    return row if isinstance(row, sqlite3.Row) else None


def all_users(cloud: Cloud) -> list[dict[str, Any]]:
    rows = cloud.db.execute("SELECT * FROM users ORDER BY rowid").fetchall()
    return [described(row) for row in rows]


def all_supervisors(cloud: Cloud) -> list[str]:
    rows = cloud.db.execute("SELECT user_id FROM supervisors ORDER BY rowid").fetchall()
    return [row["user_id"] for row in rows]


def add_supervisor(cloud: Cloud, user_id: str) -> None:
    cloud.db.execute("INSERT OR IGNORE INTO supervisors VALUES (?)", (user_id,))


def remove_supervisor(cloud: Cloud, user_id: str) -> None:
    cloud.db.execute("DELETE FROM supervisors WHERE user_id = ?", (user_id,))


def remove(cloud: Cloud, user_id: str) -> None:
    """Delete a user: the OriginId is free again, and the user's tokens are void."""
    members.leave_any(cloud, user_id)
    for table in ("users", "supervisors", "group_members"):
        cloud.db.execute(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))


def add(cloud: Cloud, *, origin_id: str, name: str, avatar: str) -> str:
    """Add a user and return its UserId, which is the OriginId of a user without one."""
    user_id = "".join(secrets.choice(_ALPHABET) for _ in range(USER_ID_LENGTH))
    row = (user_id, origin_id or user_id, name, avatar)
    cloud.db.execute("INSERT INTO users VALUES (?, ?, ?, ?)", row)
    return user_id


def update(cloud: Cloud, user_id: str, *, name: str, avatar: str) -> None:
    query = "UPDATE users SET name = ?, avatar = ? WHERE user_id = ?"
    cloud.db.execute(query, (name, avatar, user_id))


def described(user: sqlite3.Row) -> dict[str, Any]:
    return {
        "UserId": user["user_id"],
        "OriginId": user["origin_id"],
        "Name": user["name"],
        "Avatar": user["avatar"],
    }
