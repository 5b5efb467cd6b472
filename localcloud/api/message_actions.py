"""The action that shows a message to everybody in a class: SendRoomNotificationMessage.

Assumed, because the cloud's pages are silent: a text has 1 to 200 characters, and no refused word
(InvalidParameter.Content); the class has neither ended nor expired; it need not have begun, nor have anybody inside.
"""

from __future__ import annotations

from typing import Any

from localcloud.api import room_rules
from localcloud.api.parameters import Parameter
from localcloud.cloud import Cloud
from localcloud.state import messages, rooms

MAX_CHARS = 200
SEND_NOTIFICATION = {
    "SdkAppId": Parameter("int", required=True),
    "RoomId": Parameter("int", required=True),
    "MsgContent": Parameter("text", required=True, low=1, high=MAX_CHARS),
}


def send_notification(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    room.require_open()
    room_rules.check_words(cloud, params["MsgContent"])
    messages.add(cloud, room.room_id, params["MsgContent"])
    return {}
