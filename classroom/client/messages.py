"""Messages of the school that everybody in a class reads (课堂通知).

Source: LCIC API 3.0, SendRoomNotificationMessage (models of the vendor's Python SDK 3.1.134): text only. How long a
text may be is not said.
"""

from __future__ import annotations

from tencentcloud.lcic.v20220817 import models

from classroom.client.rate_limits import Priority
from classroom.client.transport import call, sdk_app_id

ACTION = "SendRoomNotificationMessage"


def send_to_class(room_id: int, text: str, priority: Priority) -> None:
    """Show a text to everybody who is in the class. Never repeated: it would be read twice.

    Raises:
        CloudRejected: with the meaning WORDS_REFUSED when a word is not allowed, CLASS_ENDED when the class is over,
            ROOM_GONE when there is no such room.
        CloudUnavailable: whether it was shown is not known.
    """
    request = models.SendRoomNotificationMessageRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    request.MsgContent = text
    call(ACTION, request, models.SendRoomNotificationMessageResponse, priority)
