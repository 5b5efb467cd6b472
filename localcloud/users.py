"""Users and supervisors, and their actions of the API.

Assumed, because the cloud's pages are silent: BatchRegister takes all rows or none, and overwriting replaces the
name and avatar even when the row leaves them out; a one-room ticket is given without a look at the room (the
action declares no ResourceNotFound.Room); deleting a user also ends their presence and supervision.
"""

from __future__ import annotations

import secrets
import sqlite3
import string
from typing import Any

from localcloud import members, roomrules, tokens
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.parameters import Parameter

_ALPHABET = string.digits + string.ascii_letters
USER_ID_LENGTH = 27
MAX_BATCH = 1000

_APP = {"SdkAppId": Parameter("int", required=True)}
_USER = {"UserId": Parameter("text", required=True, low=1)}
_ORIGIN = {**_APP, "OriginId": Parameter("text", required=True, low=1)}
_ROOM = {"RoomId": Parameter("int", required=True)}
REGISTER_USER = {
    **_APP,
    "Name": Parameter("text"),
    "OriginId": Parameter("text"),
    "Avatar": Parameter("text"),
}
BATCH_REGISTER = {
    "Users": Parameter("rows", required=True, low=1, high=MAX_BATCH, row=REGISTER_USER)
}
LOGIN_USER = _USER
LOGIN_ORIGIN_ID = _ORIGIN
LOGIN_USER_WITH_ROOM = {**_USER, **_ROOM}
LOGIN_ORIGIN_ID_WITH_ROOM = {**_ORIGIN, **_ROOM}
MODIFY_USER_PROFILE = {**_USER, "Nickname": Parameter("text"), "Avatar": Parameter("text")}
DESCRIBE_USER_DETAIL = {"UserId": Parameter("text"), "OriginId": Parameter("text")}
DELETE_USER = _USER
NAME_SUPERVISORS = {**_APP, "Users": Parameter("texts", required=True, low=1)}
DESCRIBE_SUPERVISORS = {
    **_APP,
    "Limit": Parameter("int", low=1, high=100),
    "Page": Parameter("int", low=1),
}


def find(cloud: Cloud, user_id: str) -> sqlite3.Row | None:
    row = cloud.db.execute("SELECT * FROM users WHERE user_id = ?", (user_id,)).fetchone()
    return row if isinstance(row, sqlite3.Row) else None


def all_users(cloud: Cloud) -> list[dict[str, Any]]:
    rows = cloud.db.execute("SELECT * FROM users ORDER BY rowid").fetchall()
    return [_described(row) for row in rows]


def all_supervisors(cloud: Cloud) -> list[str]:
    rows = cloud.db.execute("SELECT user_id FROM supervisors ORDER BY rowid").fetchall()
    return [row["user_id"] for row in rows]


def remove(cloud: Cloud, user_id: str) -> None:
    """Delete a user: the OriginId is free again, and the user's tickets die."""
    members.leave_any(cloud, user_id)
    for table in ("users", "supervisors"):
        cloud.db.execute(f"DELETE FROM {table} WHERE user_id = ?", (user_id,))


def register_user(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    origin_id = params.get("OriginId", "")
    if origin_id and _find_origin(cloud, origin_id) is not None:
        raise CloudError("FailedOperation.OriginIdExists", "The OriginId is already registered.")
    roomrules.check_words(cloud, params.get("Name", ""))
    return _ticket(cloud, _add(cloud, params))


def batch_register(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    registered = []
    for row in params["Users"]:
        if row["SdkAppId"] != cloud.config.sdk_app_id:
            raise CloudError("InvalidParameter.SdkAppId", "The SdkAppId is not known.")
        roomrules.check_words(cloud, row.get("Name", ""))
        user_id = _add_or_overwrite(cloud, row)
        registered.append(
            {
                "SdkAppId": row["SdkAppId"],
                "UserId": user_id,
                "OriginId": row.get("OriginId") or user_id,
            }
        )
    return {"Users": registered}


def login_user(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    user = _get(cloud, params["UserId"])
    return _ticket(cloud, user["user_id"], room_id=params.get("RoomId"))


def login_origin_id(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    user = _get_origin(cloud, params["OriginId"])
    return _ticket(cloud, user["user_id"], room_id=params.get("RoomId"))


def modify_user_profile(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    user = _get(cloud, params["UserId"])
    name, avatar = params.get("Nickname", user["name"]), params.get("Avatar", user["avatar"])
    roomrules.check_words(cloud, name)
    cloud.db.execute(
        "UPDATE users SET name = ?, avatar = ? WHERE user_id = ?", (name, avatar, user["user_id"])
    )
    return {}


def describe_user_detail(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    """Look by UserId, and by OriginId only without one."""
    if params.get("UserId"):
        user = _get(cloud, params["UserId"])
    elif params.get("OriginId"):
        user = _get_origin(cloud, params["OriginId"])
    else:
        raise CloudError("MissingParameter", "UserId or OriginId is needed.")
    return {"Users": [{"SdkAppId": cloud.config.sdk_app_id, **_described(user)}]}


def delete_user(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    remove(cloud, _get(cloud, params["UserId"])["user_id"])
    return {}


def create_supervisor(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    for user_id in params["Users"]:
        _get(cloud, user_id)
        cloud.db.execute("INSERT OR IGNORE INTO supervisors VALUES (?)", (user_id,))
    return {}


def delete_supervisor(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    for user_id in params["Users"]:
        _get(cloud, user_id)
        cloud.db.execute("DELETE FROM supervisors WHERE user_id = ?", (user_id,))
    return {}


def describe_supervisors(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    page, limit = params.get("Page", 1), params.get("Limit", 20)
    user_ids = all_supervisors(cloud)
    shown = user_ids[(page - 1) * limit : page * limit]
    return {"Total": len(user_ids), "Page": page, "Limit": limit, "UserIds": shown}


def _add_or_overwrite(cloud: Cloud, row: dict[str, Any]) -> str:
    known = _find_origin(cloud, row.get("OriginId", ""))
    if known is None:
        return _add(cloud, row)
    cloud.db.execute(
        "UPDATE users SET name = ?, avatar = ? WHERE user_id = ?",
        (row.get("Name", ""), row.get("Avatar", ""), known["user_id"]),
    )
    return str(known["user_id"])


def _add(cloud: Cloud, params: dict[str, Any]) -> str:
    user_id = "".join(secrets.choice(_ALPHABET) for _ in range(USER_ID_LENGTH))
    origin_id = params.get("OriginId") or user_id
    row = (user_id, origin_id, params.get("Name", ""), params.get("Avatar", ""))
    cloud.db.execute("INSERT INTO users VALUES (?, ?, ?, ?)", row)
    return user_id


def _ticket(cloud: Cloud, user_id: str, *, room_id: int | None = None) -> dict[str, Any]:
    return {"UserId": user_id, "Token": tokens.issue(cloud, user_id, room_id=room_id)}


def _find_origin(cloud: Cloud, origin_id: str) -> sqlite3.Row | None:
    row = cloud.db.execute("SELECT * FROM users WHERE origin_id = ?", (origin_id,)).fetchone()
    return row if isinstance(row, sqlite3.Row) else None


def _get(cloud: Cloud, user_id: str) -> sqlite3.Row:
    return _required(find(cloud, user_id))


def _get_origin(cloud: Cloud, origin_id: str) -> sqlite3.Row:
    return _required(_find_origin(cloud, origin_id))


def _required(user: sqlite3.Row | None) -> sqlite3.Row:
    if user is None:
        raise CloudError("ResourceNotFound.User", "The user is not registered.")
    return user


def _described(user: sqlite3.Row) -> dict[str, Any]:
    return {
        "UserId": user["user_id"],
        "OriginId": user["origin_id"],
        "Name": user["name"],
        "Avatar": user["avatar"],
    }
