"""Recordings (录制) of the cloud's rooms: which files there are, and their end.

Source: LCIC API 3.0, DescribeRecord, DescribeRecordStream, DeleteRecord and BatchDeleteRecord (models of
the vendor's Python SDK 3.1.134). Whether DescribeRecord lists automatic recordings too is not said, so
callers also look at DescribeRoom's RecordUrl. How many rooms a batch may name is not said either, nor
whether single streams (单流, of rooms made with RecordStream 1) go with the recordings that are deleted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tencentcloud.lcic.v20220817 import models

from classroom.client.answer_values import (
    optional_duration,
    optional_moment,
    optional_number,
    optional_words,
)
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.transport import call, read, repeat_safely, sdk_app_id

ID_CHARS = 128
FORMAT_CHARS = 16
DELETED_AT_ONCE = 20


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
    # The UserId of the one person whom a single stream shows.
    stream_of: str = ""
    # Further addresses, without their queries, and video ids by which the cloud listed the same file.
    other_names: tuple[str, ...] = ()


def list_recordings(room_id: int, priority: Priority) -> tuple[Recording, ...]:
    """The finished files of a room; empty while none is ready, or when nothing was recorded."""
    request = models.DescribeRecordRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    answer = read("DescribeRecord", request, models.DescribeRecordResponse, priority)
    recordings = (_recording("DescribeRecord", info) for info in answer.RecordInfo or ())
    return tuple(recording for recording in recordings if recording.url)


def list_streams(room_id: int, priority: Priority) -> tuple[Recording, ...]:
    """The finished single streams of a room that was to have some, beside its recordings."""
    request = models.DescribeRecordStreamRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    answer = read("DescribeRecordStream", request, models.DescribeRecordStreamResponse, priority)
    streams = (
        replace(
            _recording("DescribeRecordStream", info),
            stream_of=optional_words(info.UserId)[:ID_CHARS],
        )
        for info in answer.StreamInfo or ()
    )
    return tuple(stream for stream in streams if stream.url)


def delete_records(room_ids: Sequence[int], priority: Priority) -> None:
    """Delete all files of these rooms' recordings, of so many as one call may name. Safe to repeat.

    One room that is gone already is fine. That nothing is left is not known from this: callers that
    must know ask for the list.

    Raises:
        ValueError: more rooms than DELETED_AT_ONCE.
        CloudRejected: among others when one of several rooms is gone, which may keep the others.
        CloudUnavailable, CloudProtocolError: whether anything was deleted is not known.
    """
    if len(room_ids) > DELETED_AT_ONCE:
        raise ValueError(f"{len(room_ids)} rooms at once, and {DELETED_AT_ONCE} at most")
    if not room_ids:
        return
    try:
        _delete(room_ids, priority)
    except CloudRejected as err:
        # With several rooms, the others' files are still there.
        if len(room_ids) > 1 or not is_kind(err, ErrorKind.ROOM_GONE):
            raise


def _delete(room_ids: Sequence[int], priority: Priority) -> None:
    if len(room_ids) == 1:
        one = models.DeleteRecordRequest()
        one.SdkAppId = sdk_app_id()
        one.RoomId = room_ids[0]
        repeat_safely(
            lambda: call("DeleteRecord", one, models.DeleteRecordResponse, priority), priority
        )
        return
    several = models.BatchDeleteRecordRequest()
    several.SdkAppId = sdk_app_id()
    several.RoomIds = list(room_ids)
    repeat_safely(
        lambda: call("BatchDeleteRecord", several, models.BatchDeleteRecordResponse, priority),
        priority,
    )


def _recording(action: str, info: models.CustomRecordInfo | models.SingleStreamInfo) -> Recording:
    return Recording(
        url=optional_words(info.RecordUrl),
        video_id=optional_words(info.VideoId)[:ID_CHARS],
        file_format=optional_words(info.FileFormat)[:FORMAT_CHARS],
        started_at=optional_moment(action, info.StartTime),
        stopped_at=optional_moment(action, info.StopTime),
        duration_s=optional_duration(action, info.Duration),
        size_bytes=optional_number(action, info.RecordSize),
    )
