"""Recordings (录制) of the cloud's rooms: which files there are.

Source: LCIC API 3.0, DescribeRecord (models of the vendor's Python SDK 3.1.134). Whether it lists
automatic recordings too is not said, so callers also look at DescribeRoom's RecordUrl.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tencentcloud.lcic.v20220817 import models

from classroom.client.budgets import Urgency
from classroom.client.transport import read, sdk_app_id
from classroom.client.values import optional_duration, optional_moment, optional_number

ID_CHARS = 128
FORMAT_CHARS = 16


@dataclass(frozen=True, slots=True)
class Recording:
    """One file of a room's recording; what the cloud leaves out is None or empty."""

    url: str
    video_id: str = ""
    file_format: str = ""
    started_at: dt.datetime | None = None
    stopped_at: dt.datetime | None = None
    duration_s: int | None = None
    size_bytes: int | None = None


def list_recordings(room_id: int, urgency: Urgency) -> tuple[Recording, ...]:
    """The finished files of a room; empty while none is ready, or when nothing was recorded."""
    request = models.DescribeRecordRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    answer = read("DescribeRecord", request, models.DescribeRecordResponse, urgency)
    return tuple(_recording(info) for info in answer.RecordInfo or () if info.RecordUrl)


def _recording(info: models.CustomRecordInfo) -> Recording:
    return Recording(
        url=str(info.RecordUrl),
        video_id=str(info.VideoId or "")[:ID_CHARS],
        file_format=str(info.FileFormat or "")[:FORMAT_CHARS],
        started_at=optional_moment("DescribeRecord", info.StartTime),
        stopped_at=optional_moment("DescribeRecord", info.StopTime),
        duration_s=optional_duration("DescribeRecord", info.Duration),
        size_bytes=optional_number("DescribeRecord", info.RecordSize),
    )
