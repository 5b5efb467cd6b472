"""The running mark of a room (跑马灯): who films the screen shows whose screen it was.

Source: LCIC API 3.0, SetMarquee and DescribeMarquee (models of the vendor's Python SDK 3.1.134); it is set before the
class starts (`FailedOperation.ClassStarted`).
"""

from __future__ import annotations

from tencentcloud.lcic.v20220817 import models

from classroom.client.rate_limits import Priority
from classroom.client.transport import call, repeat_safely, sdk_app_id

ACTION = "SetMarquee"
# MarqueeType 6: the nickname with the OriginId, which here is a random number of nobody's outside.
NICKNAME_AND_ORIGIN_ID = 6
ROLLING = 1
ONE_ROW = 1
FONT_SIZE_PX = 16
NORMAL_WEIGHT = 0
# Grey that is seen on white as on black, and hides neither.
FONT_COLOUR, FONT_OPACITY = "#808080", 0.35
BACKGROUND_COLOUR, BACKGROUND_OPACITY = "#000000", 0.0
# The slowest.
DURATION = 10


def set_marquee(room_id: int, priority: Priority) -> None:
    """Show on each screen of a class that has not started its reader's nickname and number. Safe to repeat.

    Raises:
        CloudRejected: with the meaning CLASS_STARTED when it is too late, EDITION_LACKS when the school's edition has
            no such thing, ROOM_GONE when there is no such room.
    """
    request = models.SetMarqueeRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    request.MarqueeType = NICKNAME_AND_ORIGIN_ID
    request.DisplayMode = ROLLING
    request.Content = ""
    request.FontSize = FONT_SIZE_PX
    request.FontWeight = NORMAL_WEIGHT
    request.FontColor = FONT_COLOUR
    request.FontOpacity = FONT_OPACITY
    request.BackgroundColor = BACKGROUND_COLOUR
    request.BackgroundOpacity = BACKGROUND_OPACITY
    request.Duration = DURATION
    request.MarqueeCount = ONE_ROW
    repeat_safely(lambda: call(ACTION, request, models.SetMarqueeResponse, priority), priority)
