"""The running marks (跑马灯) of rooms: what the screen of each person in class shows of that person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localcloud.cloud import Cloud

FIXED, NICKNAME, FIXED_AND_NICKNAME, USER_ID = 1, 2, 3, 4  # values of MarqueeType, here and below
ORIGIN_ID_AND_FIXED, NICKNAME_AND_ORIGIN_ID = 5, 6
ROLLING = 1  # of DisplayMode; the other value is blinking
# What DescribeMarquee has of a room without a mark; assumed, as are the values that SetMarquee need not be given.
NONE: dict[str, Any] = {
    "MarqueeType": 0,
    "DisplayMode": 0,
    "Content": "",
    "FontSize": 0,
    "FontWeight": 0,
    "FontColor": "",
    "FontOpacity": 0.0,
    "BackgroundColor": "",
    "BackgroundOpacity": 0.0,
    "Duration": 0,
    "MarqueeCount": 0,
}
DEFAULTS: dict[str, Any] = {
    "Content": "",
    "FontSize": 16,
    "FontWeight": 0,
    "FontColor": "#808080",
    "FontOpacity": 1.0,
    "BackgroundColor": "#000000",
    "BackgroundOpacity": 0.0,
    "Duration": 5,
    "MarqueeCount": 1,
}


def find(cloud: Cloud, room_id: int) -> dict[str, Any] | None:
    """Return the fields of a room's mark, if it has one."""
    query = "SELECT fields FROM marquees WHERE room_id = ?"
    row = cloud.db.execute(query, (room_id,)).fetchone()
    return None if row is None else dict(json.loads(row["fields"]))


def save(cloud: Cloud, room_id: int, fields: Mapping[str, Any]) -> None:
    """Give a room a mark, which replaces an earlier one as a whole."""
    query = "INSERT OR REPLACE INTO marquees VALUES (?, ?)"
    cloud.db.execute(query, (room_id, json.dumps({**DEFAULTS, **fields})))


def remove(cloud: Cloud, room_id: int) -> None:
    cloud.db.execute("DELETE FROM marquees WHERE room_id = ?", (room_id,))


def text_for(fields: Mapping[str, Any], *, user_id: str, origin_id: str, nickname: str) -> str:
    """Return what one person's screen shows."""
    content = fields["Content"]
    texts: dict[int, str] = {
        FIXED: content,
        NICKNAME: nickname,
        FIXED_AND_NICKNAME: f"{content} {nickname}",
        USER_ID: user_id,
        ORIGIN_ID_AND_FIXED: f"{origin_id} {content}",
        NICKNAME_AND_ORIGIN_ID: f"{nickname}（{origin_id}）",
    }
    return texts[fields["MarqueeType"]]
