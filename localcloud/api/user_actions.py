"""The actions of users and supervisors.

Assumed, because the cloud's pages are silent: BatchRegister takes all rows or none, and overwriting replaces
the name and avatar even when the row leaves them out; a one-room token is given without a look at the room
(the action declares no ResourceNotFound.Room).
"""

from __future__ import annotations

import sqlite3
from typing import Any

from localcloud.api import room_rules
from localcloud.api.parameters import Parameter
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state import groups, tokens, users

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


def register_user(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    origin_id = params.get("OriginId", "")
    if origin_id and users.find_by_origin(cloud, origin_id) is not None:
        raise CloudError("FailedOperation.OriginIdExists", "The OriginId is already registered.")
    room_rules.check_words(cloud, params.get("Name", ""))
    return _issue_token(cloud, _add(cloud, params))


def batch_register(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    registered = []
    for row in params["Users"]:
        if row["SdkAppId"] != cloud.config.sdk_app_id:
            raise CloudError("InvalidParameter.SdkAppId", "The SdkAppId is not known.")
        room_rules.check_words(cloud, row.get("Name", ""))
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
    return _issue_token(cloud, user["user_id"], room_id=params.get("RoomId"))


def login_origin_id(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    user = _get_origin(cloud, params["OriginId"])
    return _issue_token(cloud, user["user_id"], room_id=params.get("RoomId"))


def modify_user_profile(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    user = _get(cloud, params["UserId"])
    name, avatar = params.get("Nickname", user["name"]), params.get("Avatar", user["avatar"])
    room_rules.check_words(cloud, name)
    users.update(cloud, user["user_id"], name=name, avatar=avatar)
    return {}


def describe_user_detail(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    """Look up by UserId; the OriginId counts only without one."""
    if params.get("UserId"):
        user = _get(cloud, params["UserId"])
    elif params.get("OriginId"):
        user = _get_origin(cloud, params["OriginId"])
    else:
        raise CloudError("MissingParameter", "UserId or OriginId is needed.")
    return {"Users": [{"SdkAppId": cloud.config.sdk_app_id, **users.described(user)}]}


def delete_user(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    user_id = _get(cloud, params["UserId"])["user_id"]
    if groups.of_member(cloud, user_id):
        raise CloudError("FailedOperation.UserIsAlreadyInGroup", "The user is in a group.")
    users.remove(cloud, user_id)
    return {}


def create_supervisor(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    for user_id in params["Users"]:
        _get(cloud, user_id)
        users.add_supervisor(cloud, user_id)
    return {}


def delete_supervisor(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    for user_id in params["Users"]:
        _get(cloud, user_id)
        users.remove_supervisor(cloud, user_id)
    return {}


def describe_supervisors(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    page, limit = params.get("Page", 1), params.get("Limit", 20)
    user_ids = users.all_supervisors(cloud)
    shown = user_ids[(page - 1) * limit : page * limit]
    return {"Total": len(user_ids), "Page": page, "Limit": limit, "UserIds": shown}


def _add_or_overwrite(cloud: Cloud, row: dict[str, Any]) -> str:
    known = users.find_by_origin(cloud, row.get("OriginId", ""))
    if known is None:
        return _add(cloud, row)
    users.update(cloud, known["user_id"], name=row.get("Name", ""), avatar=row.get("Avatar", ""))
    return str(known["user_id"])


def _issue_token(cloud: Cloud, user_id: str, *, room_id: int | None = None) -> dict[str, Any]:
    return {"UserId": user_id, "Token": tokens.issue(cloud, user_id, room_id=room_id)}


def _get_origin(cloud: Cloud, origin_id: str) -> sqlite3.Row:
    return _required(users.find_by_origin(cloud, origin_id))


def _get(cloud: Cloud, user_id: str) -> sqlite3.Row:
    return _required(users.find(cloud, user_id))


def _required(user: sqlite3.Row | None) -> sqlite3.Row:
    if user is None:
        raise CloudError("ResourceNotFound.User", "The user is not registered.")
    return user


def _add(cloud: Cloud, params: dict[str, Any]) -> str:
    return users.add(
        cloud,
        origin_id=params.get("OriginId", ""),
        name=params.get("Name", ""),
        avatar=params.get("Avatar", ""),
    )
