"""Signalling replays (信令回放) of the cloud's rooms: whether there is one, a ticket to it, who watched it, its end.

No file belongs to one: the cloud's own player shows it to anyone with a ticket. The address in the
cloud's list holds a ticket that never expires, so it is not even read here.

Source: LCIC API 3.0, actions *Playback* (models of the vendor's Python SDK 3.1.134). FileSize is in
"MB"; that those are of 1024 * 1024 bytes is assumed. Duration has no unit there: seconds are assumed, as
of recordings, and milliseconds, as of watch records, where so many seconds could be no class.

Watch records have begin and end in seconds and the time played in milliseconds. Whether that one runs quicker at
double speed is not said, nor which of a record's times has to lie in the period that one asks for, nor in which order
they come: callers ask for periods that overlap.
"""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass

from tencentcloud.lcic.v20220817 import models

from classroom.client.answer_values import (
    bytes_of_megabytes,
    moment,
    number,
    optional_duration,
    optional_moment,
    optional_number,
    optional_words,
    seconds_of,
    words,
)
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.transport import call, read, repeat_safely, sdk_app_id

logger = logging.getLogger(__name__)

LIST_ACTION = "DescribePlaybackList"
WATCH_ACTION = "DescribePlayRecords"
# A room has one; should the cloud not narrow its list, so many are looked through.
PAGE_SIZE = 100
# The most that the cloud gives at once, and how many pages of one room are read at a time.
WATCH_PAGE_SIZE = 200
MOST_WATCH_PAGES = 50
# A class that lasts longer than this many times its plan, or than a week without one, is told in milliseconds.
LONGEST_IN_PLANS = 20
LONGEST_WITHOUT_PLAN = dt.timedelta(days=7)
# A room that is made late is planned for the rest of its class only, and may then run over by hours.
SHORTEST_PLAN = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Playback:
    """The signalling replay of one room; what the cloud leaves out is None."""

    room_id: int
    duration_s: int | None = None
    started_at: dt.datetime | None = None
    size_bytes: int | None = None


def playback_of(
    room_id: int, priority: Priority, *, planned: dt.timedelta | None = None
) -> Playback | None:
    """Return the signalling replay of a room; None while none is made, or when none ever will be.

    `planned` is how long the class was to last, where that is known.
    """
    request = models.DescribePlaybackListRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    request.Page = 1
    request.Limit = PAGE_SIZE
    answer = read(LIST_ACTION, request, models.DescribePlaybackListResponse, priority)
    items = [item for item in answer.Items or () if item.RoomId == room_id]
    if not items and number(LIST_ACTION, answer.Total or 0) > PAGE_SIZE:
        raise CloudProtocolError(LIST_ACTION, "the answer is about other rooms")
    return _playback(room_id, items[0], planned) if items else None


def playback_token(room_id: int, *, user_id: str, expires_s: int, priority: Priority) -> str:
    """Fetch a ticket to the replay of one room. Never stored, logged or shown.

    An empty `user_id` is somebody without an account. The cloud takes 0 seconds for "never expires",
    so they are refused here.

    Raises:
        CloudRejected: with the meaning ROOM_GONE when there is no such room.
    """
    if expires_s <= 0:
        raise ValueError("a ticket to a replay has to expire")
    request = models.GetPlaybackTokenRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    request.UserId = user_id or None
    request.ExpireSeconds = expires_s
    answer = read("GetPlaybackToken", request, models.GetPlaybackTokenResponse, priority)
    return words("GetPlaybackToken", answer.Token)


@dataclass(frozen=True, slots=True)
class WatchRecord:
    """One time that somebody played a signalling replay; without a user id, somebody without an account."""

    user_id: str
    began_at: dt.datetime
    # How long it really played: at most from its begin to its end.
    played_s: int


def watch_records(
    room_id: int, since: dt.datetime, until: dt.datetime, priority: Priority
) -> list[WatchRecord]:
    """Return when a room's signalling replay was played in this time, by tickets that have the cloud keep records."""
    records: list[WatchRecord] = []
    for page in range(1, MOST_WATCH_PAGES + 1):
        request = models.DescribePlayRecordsRequest()
        request.SdkAppId = sdk_app_id()
        request.RoomId = room_id
        request.StartTime, request.EndTime = seconds_of(since), seconds_of(until)
        request.Page, request.PageSize = page, WATCH_PAGE_SIZE
        answer = read(WATCH_ACTION, request, models.DescribePlayRecordsResponse, priority)
        listed = answer.Records or ()
        records += [_watch_record(item) for item in listed if item.RoomId == room_id]
        total = number(WATCH_ACTION, answer.Total or 0)
        if not listed or page * WATCH_PAGE_SIZE >= total:
            return records
    logger.warning("room %s has more than %s pages of watch records", room_id, MOST_WATCH_PAGES)
    return records


def _watch_record(item: models.PlayRecord) -> WatchRecord:
    began_at = moment(WATCH_ACTION, item.PlayBeginTime)
    ended_at = optional_moment(WATCH_ACTION, item.PlayEndTime)
    played_s = (optional_number(WATCH_ACTION, item.Duration) or 0) // 1000
    if ended_at is not None:
        played_s = min(played_s, max(seconds_of(ended_at) - seconds_of(began_at), 0))
    return WatchRecord(optional_words(item.UserId), began_at, played_s)


def delete_playback(room_id: int, priority: Priority) -> None:
    """Delete the signalling replay of a room; one that is gone already is fine. Safe to repeat.

    Raises:
        CloudRejected: with the meaning CLASS_STARTED while the class runs.
    """
    request = models.DeletePlaybackItemRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    try:
        repeat_safely(
            lambda: call(
                "DeletePlaybackItem", request, models.DeletePlaybackItemResponse, priority
            ),
            priority,
        )
    except CloudRejected as err:
        if not is_kind(err, ErrorKind.ROOM_GONE):
            raise


def _playback(room_id: int, item: models.PlaybackItem, planned: dt.timedelta | None) -> Playback:
    return Playback(
        room_id=room_id,
        duration_s=_duration_s(item.Duration, planned),
        started_at=optional_moment(LIST_ACTION, item.CreateTime),
        size_bytes=bytes_of_megabytes(LIST_ACTION, item.FileSize),
    )


def _duration_s(duration: object, planned: dt.timedelta | None) -> int | None:
    count = optional_number(LIST_ACTION, duration)
    longest = LONGEST_IN_PLANS * max(planned, SHORTEST_PLAN) if planned else LONGEST_WITHOUT_PLAN
    if count is not None and count > longest.total_seconds():
        count //= 1000
    return optional_duration(LIST_ACTION, count)
