"""Which files a replay has: fetched from the cloud, and merged into what was known.

Two entries with one video id, or with one address but for its query, are one file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from classroom.client.media import size_of
from classroom.client.records import Recording
from classroom.looking import RoomLook
from classroom.selectors import recordings_told
from replays.models import Replay, ReplayFile
from replays.states import GONE_AFTER


def fetch_files(look: RoomLook, *, known: Collection[ReplayFile]) -> tuple[Recording, ...]:
    """Return the files that the cloud has of the room: DescribeRecord's, and DescribeRoom's.

    Size and length come from DescribeRecord; where it is silent from DescribeRoom, from a callback
    whose address the API confirmed, and at last from the file's own server.

    Raises:
        CloudUnavailable, CloudRejected, CloudGarbled: the cloud did not tell.
    """
    found = list(look.recordings)
    if look.details is not None and look.details.record_url:
        found.append(
            Recording(url=look.details.record_url, duration_s=look.details.video_duration_s)
        )
    files = _merge(found)
    if any(file.size_bytes is None or file.duration_s is None for file in files):
        files = [_told_by_callback(file, look.room_id) for file in files]
    measured = {_address(file.url) for file in known if file.size_bytes is not None}
    files = [_measured(file) if _address(file.url) not in measured else file for file in files]
    return tuple(sorted(files, key=_start))


def _merge(found: Iterable[Recording]) -> list[Recording]:
    merged: list[Recording] = []
    for recording in found:
        twin = next((other for other in merged if _is_same(recording, other)), None)
        if twin is None:
            merged.append(recording)
        else:
            merged[merged.index(twin)] = _completed(twin, recording)
    return merged


def _is_same(one: Recording | ReplayFile, other: Recording | ReplayFile) -> bool:
    has_same_video = bool(one.video_id) and one.video_id == other.video_id
    return has_same_video or _address(one.url) == _address(other.url)


def _address(url: str) -> str:
    """The address without its query, which may hold a signature that changes."""
    return url.partition("?")[0]


def _completed(recording: Recording, other: Recording) -> Recording:
    return replace(
        recording,
        video_id=recording.video_id or other.video_id,
        file_format=recording.file_format or other.file_format,
        started_at=recording.started_at or other.started_at,
        stopped_at=recording.stopped_at or other.stopped_at,
        duration_s=recording.duration_s or other.duration_s,
        size_bytes=recording.size_bytes or other.size_bytes,
    )


def _told_by_callback(file: Recording, room_id: int) -> Recording:
    """Add what a callback told of a file whose address the API itself confirms."""
    for told in recordings_told(room_id):
        if _address(told.url) == _address(file.url):
            file = _completed(file, told)
    return file


def _measured(file: Recording) -> Recording:
    return file if file.size_bytes is not None else replace(file, size_bytes=size_of(file.url))


def _start(file: Recording) -> tuple[bool, float]:
    """In order of recording; what tells no start comes last."""
    started_at = file.started_at
    return (started_at is None, started_at.timestamp() if started_at else 0.0)


def save_files(
    replay: Replay, found: Sequence[Recording], *, source: str, at: dt.datetime
) -> list[ReplayFile]:
    """Merge what the cloud listed into the files that are known, and return them all.

    A file that is not listed any more is kept until it is missed a second time.
    """
    known = list(replay.files.all())
    number = max((file.number for file in known), default=0)
    unlisted = list(known)
    for recording in found:
        file = next((file for file in known if _is_same(recording, file)), None)
        if file is None:
            number += 1
            file = ReplayFile(replay=replay, number=number, source=source, first_seen_at=at)
            known.append(file)
        else:
            unlisted.remove(file)
        _take_over(file, recording)
        file.save()
    for file in unlisted:
        _miss(file, at)
    return known


def _take_over(file: ReplayFile, recording: Recording) -> None:
    file.url = recording.url
    file.video_id = recording.video_id or file.video_id
    file.file_format = recording.file_format or file.file_format
    file.started_at = recording.started_at or file.started_at
    file.stopped_at = recording.stopped_at or file.stopped_at
    file.duration_s = recording.duration_s or file.duration_s
    file.size_bytes = recording.size_bytes or file.size_bytes
    file.missing_since = file.gone_at = None


def _miss(file: ReplayFile, at: dt.datetime) -> None:
    if file.gone_at is not None:
        return
    if file.missing_since is None:
        file.missing_since = at
    elif at - file.missing_since >= GONE_AFTER:
        file.gone_at = at
    file.save(update_fields=["missing_since", "gone_at"])
