"""Groups of users. Rooms know none of them here (`api/room_rules.py`)."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable

from localcloud.cloud import Cloud


def add(cloud: Cloud, *, name: str, teacher_id: str, user_ids: Iterable[str]) -> str:
    group_id = secrets.token_hex(8)
    query = "INSERT INTO groups (group_id, name, teacher_id) VALUES (?, ?, ?)"
    cloud.db.execute(query, (group_id, name, teacher_id))
    for user_id in user_ids:
        cloud.db.execute("INSERT OR IGNORE INTO group_members VALUES (?, ?)", (group_id, user_id))
    return group_id


def exists(cloud: Cloud, group_id: str) -> bool:
    query = "SELECT 1 FROM groups WHERE group_id = ?"
    return cloud.db.execute(query, (group_id,)).fetchone() is not None


def of_member(cloud: Cloud, user_id: str) -> list[sqlite3.Row]:
    query = """SELECT groups.* FROM groups JOIN group_members USING (group_id)
               WHERE user_id = ? ORDER BY n"""
    return cloud.db.execute(query, (user_id,)).fetchall()


def of_teacher(cloud: Cloud, user_id: str) -> list[sqlite3.Row]:
    query = "SELECT * FROM groups WHERE teacher_id = ? ORDER BY n"
    return cloud.db.execute(query, (user_id,)).fetchall()


def remove_member(cloud: Cloud, group_id: str, user_id: str) -> bool:
    """Take a user out of a group, and tell whether they were in it."""
    query = "DELETE FROM group_members WHERE group_id = ? AND user_id = ?"
    return cloud.db.execute(query, (group_id, user_id)).rowcount > 0
