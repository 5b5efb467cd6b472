"""The actions of a room's running mark (跑马灯): SetMarquee and DescribeMarquee.

The mark is set before the class starts. Assumed, because the cloud's pages are silent: setting it again replaces it as a
whole; types that show a fixed text may do without one; an edition can lack it (`state/edition.py`); a room without a
mark is described with zeros and empty texts.
"""

from __future__ import annotations

import re
from typing import Any

from localcloud.api import room_rules
from localcloud.api.parameters import Parameter
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state import edition, marquees, rooms

_ROOM = {
    "SdkAppId": Parameter("int", required=True),
    "RoomId": Parameter("int", required=True),
}
_OPACITY = Parameter("number", low=0, high=1)
_COLOURS = ("FontColor", "BackgroundColor")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
SET_MARQUEE = {
    **_ROOM,
    "MarqueeType": Parameter("int", required=True, low=1, high=6),
    "DisplayMode": Parameter("int", required=True, low=1, high=2),
    "Content": Parameter("text", high=256),
    "FontSize": Parameter("int", low=10, high=24),
    "FontWeight": Parameter("int", low=0, high=1),
    "FontColor": Parameter("text"),
    "FontOpacity": _OPACITY,
    "BackgroundColor": Parameter("text"),
    "BackgroundOpacity": _OPACITY,
    "Duration": Parameter("int", low=1, high=10),
    "MarqueeCount": Parameter("int", low=1, high=2),
}
DESCRIBE_MARQUEE = _ROOM


def set_marquee(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in params.items() if name not in _ROOM}
    room = rooms.get(cloud, params["RoomId"])
    room.require_open()
    if room.status == rooms.RUNNING:
        raise CloudError("FailedOperation.ClassStarted", "The class has started.")
    edition.check_marquee(cloud)
    for name in _COLOURS:
        if name in fields and not _COLOUR.fullmatch(fields[name]):
            raise CloudError("InvalidParameterValue", f"{name} is no colour such as #00FF00.")
    room_rules.check_words(cloud, fields.get("Content", ""))
    marquees.save(cloud, room.room_id, fields)
    return {}


def describe_marquee(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    return marquees.find(cloud, room.room_id) or marquees.NONE
