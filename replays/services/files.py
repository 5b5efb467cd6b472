"""The files of a replay: fetched from the cloud, and merged into the known ones.

Entries with the same video id, or the same address without its query, are one file. A file keeps all these names,
since one answer may list it by one of them and the next by another. A signalling replay has no address, and is one
file too.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from classroom.client.errors import CloudProtocolError, CloudRejected, CloudUnavailable
from classroom.client.records import Recording
from classroom.selectors import reported_recordings
from classroom.snapshots import RoomSnapshot
from edu_platform.lib.text import error_summary
from replays.enums import ReplayEventKind
from replays.models import Replay, ReplayFile
from replays.playback.file_kinds import format_of, is_playlist
from replays.polling_times import GONE_AFTER
from schedule.enums import RecordMode

logger = logging.getLogger(__name__)

SIZES_A_LOOK = 10
# A cloud that lists a file under another address each time does not make its row longer and longer.
MOST_NAMES = 20
# Times further in the future than clocks differ are wrong.
CLOCKS_DIFFER_BY = dt.timedelta(minutes=10)
# Single streams may be there before the class's recording; after this long without it, they have to do.
STREAMS_ALONE_AFTER = dt.timedelta(days=1)
TOLD_FIELDS = (
    "url",
    "video_id",
    "file_format",
    "stream_of",
    "started_at",
    "stopped_at",
    "duration_s",
    "size_bytes",
)


@dataclass(frozen=True, slots=True)
class Listing:
    """The files that the cloud listed; `streams` is None when it did not tell about them."""

    files: tuple[Recording, ...] = ()
    are_streams_told: bool = True


def fetch_files(look: RoomSnapshot, *, known: Collection[ReplayFile]) -> Listing:
    """Return the files that the cloud has of the room: DescribeRecord's, DescribeRoom's, and single streams.

    Size and length come from DescribeRecord; else from DescribeRoom, from a callback whose address the API
    confirmed, and last from the file's own server.

    Raises:
        CloudUnavailable, CloudRejected, CloudProtocolError: the cloud did not tell.
    """
    found = list(look.recordings)
    if look.details is not None and look.details.disable_record == RecordMode.SIGNALLING:
        found += _kept_as_signalling(look)
    if look.details is not None and look.details.record_url:
        found.append(
            Recording(url=look.details.record_url, duration_s=look.details.video_duration_s)
        )
    streams = _streams(look, has_recording=bool(found))
    found += streams or ()
    latest = look.asked_at + CLOCKS_DIFFER_BY
    files = _merge(_with_known_format(_without_future(file, latest)) for file in found)
    if any(file.size_bytes is None or file.duration_s is None for file in files):
        told = reported_recordings(look.room_id)
        files = [_told_by_callback(file, told) for file in files]
    listed = tuple(sorted(_measured(files, look, known), key=_start))
    return Listing(listed, are_streams_told=streams is not None)


def _kept_as_signalling(look: RoomSnapshot) -> list[Recording]:
    playback = look.playback
    if playback is None:
        return []
    stopped_at = None
    if playback.started_at is not None and playback.duration_s is not None:
        stopped_at = playback.started_at + dt.timedelta(seconds=playback.duration_s)
    return [
        Recording(
            url="",
            started_at=playback.started_at,
            stopped_at=stopped_at,
            duration_s=playback.duration_s,
            size_bytes=playback.size_bytes,
        )
    ]


def _streams(look: RoomSnapshot, *, has_recording: bool) -> Sequence[Recording] | None:
    """Single streams, which come with the recording of the class; alone when that has failed.

    A failure here does not fail the recording: None when the cloud does not tell now.
    """
    if look.details is None:
        return ()
    is_late = look.asked_at - look.details.ends_at >= STREAMS_ALONE_AFTER
    if not has_recording and not is_late:
        return ()
    try:
        return look.streams
    except (CloudUnavailable, CloudRejected, CloudProtocolError) as err:
        logger.warning("single streams of room %s: %s", look.room_id, error_summary(err))
        return None


def _without_future(file: Recording, latest: dt.datetime) -> Recording:
    """Drop future times: a file dated tomorrow would stay first in lists and never age."""
    started_at, stopped_at = file.started_at, file.stopped_at
    return replace(
        file,
        started_at=started_at if started_at is not None and started_at <= latest else None,
        stopped_at=stopped_at if stopped_at is not None and stopped_at <= latest else None,
    )


def _with_known_format(file: Recording) -> Recording:
    return replace(file, file_format=file.file_format or format_of(file.url))


def _merge(listed: Iterable[Recording]) -> list[Recording]:
    """Return each file once.

    Two entries may be one file because of a third one, which has the video id of one and the address of the other.
    """
    merged: list[Recording] = []
    for recording in listed:
        same = [file for file in merged if _is_same(file, recording)]
        if not same:
            merged.append(recording)
            continue
        whole = reduce(_completed, [*same, recording])
        merged = [whole if file is same[0] else file for file in merged if file not in same[1:]]
    return merged


def _is_same(one: Recording | ReplayFile, other: Recording | ReplayFile) -> bool:
    return not _names(one).isdisjoint(_names(other))


def _names(file: Recording | ReplayFile) -> set[str]:
    """Return all that a file is recognised by; the address of a signalling replay is empty, and a name too."""
    return {*_own_names(file), *file.other_names}


def _own_names(file: Recording | ReplayFile) -> set[str]:
    return {_address(file.url), file.video_id} if file.video_id else {_address(file.url)}


def _address(url: str) -> str:
    """The address without its query, which may hold a signature that changes."""
    return url.partition("?")[0]


def _completed(recording: Recording, other: Recording) -> Recording:
    whole = replace(
        recording,
        video_id=recording.video_id or other.video_id,
        file_format=recording.file_format or other.file_format,
        stream_of=recording.stream_of or other.stream_of,
        started_at=recording.started_at or other.started_at,
        stopped_at=recording.stopped_at or other.stopped_at,
        duration_s=recording.duration_s or other.duration_s,
        size_bytes=recording.size_bytes or other.size_bytes,
    )
    names = _names(recording) | _names(other)
    return replace(whole, other_names=tuple(sorted(names - _own_names(whole))))


def _told_by_callback(file: Recording, told: Iterable[Recording]) -> Recording:
    """Add what callbacks told of a file whose address the API itself confirms."""
    for heard in told:
        if _address(heard.url) in _names(file):
            file = _completed(file, heard)
    return file


def _measured(
    files: Iterable[Recording], look: RoomSnapshot, known: Iterable[ReplayFile]
) -> Iterator[Recording]:
    """Ask the files' own servers for unknown sizes, a few files each time."""
    # For a playlist the server would tell the size of the list.
    settled = {
        name
        for file in known
        if file.gone_at is None and (file.size_bytes is not None or file.is_playlist)
        for name in _names(file)
    }
    asked = 0
    for file in files:
        is_film = bool(file.url) and not is_playlist(file.file_format)
        is_wanted = is_film and file.size_bytes is None and settled.isdisjoint(_names(file))
        if is_wanted and asked < SIZES_A_LOOK:
            asked += 1
            yield replace(file, size_bytes=look.size_of(file.url))
        else:
            yield file


def _start(file: Recording) -> tuple[bool, bool, float]:
    """In order of recording, single streams after the others; unknown start last."""
    started_at = file.started_at
    return (
        bool(file.stream_of),
        started_at is None,
        started_at.timestamp() if started_at else 0.0,
    )


@dataclass(frozen=True, slots=True)
class SavedFiles:
    """All files of a replay, and the numbers of those that changed."""

    files: list[ReplayFile]
    changes: dict[ReplayEventKind, list[int]] = dataclasses.field(default_factory=dict)

    def note(self, kind: ReplayEventKind, file: ReplayFile) -> None:
        self.changes.setdefault(kind, []).append(file.number)


def save_files(replay: Replay, listing: Listing, *, source: str, at: dt.datetime) -> SavedFiles:
    """Merge what the cloud listed into the files that are known, and return them all.

    A file that is no longer listed is kept until it is missing a second time.
    """
    saved = SavedFiles(list(replay.files.all()))
    listed, new = _match(saved.files, listing.files)
    for file in saved.files:
        was_away = file.missing_since is not None or file.gone_at is not None
        if file.pk not in listed:
            if any(_is_same(file, recording) for recording in listing.files):
                _put_aside(file, at)
            elif listing.are_streams_told or not file.stream_of:
                _miss(saved, file, at)
        elif _take_over(file, listed[file.pk]):
            file.save()
            if was_away:
                saved.note(ReplayEventKind.FILE_BACK, file)
    number = max((file.number for file in saved.files), default=0)
    for recording in new:
        number += 1
        file = ReplayFile(replay=replay, number=number, source=source, first_seen_at=at)
        _take_over(file, recording)
        file.save()
        saved.files.append(file)
        saved.note(ReplayEventKind.FILE_FOUND, file)
    return saved


def _match(
    known: Sequence[ReplayFile], found: Iterable[Recording]
) -> tuple[dict[int, Recording], list[Recording]]:
    """Match recordings to known files; the rest are new.

    All are matched before any is changed: of a moved file, one entry may have its video id and another its old
    address.
    """
    listed: dict[int, Recording] = {}
    new = []
    for recording in found:
        same = (file for file in known if _is_same(recording, file))
        # Two may have come in before they were seen to be one: the one that people see goes on.
        file = min(same, key=lambda one: (one.gone_at is not None, one.number), default=None)
        if file is None:
            new.append(recording)
        elif file.pk in listed:
            listed[file.pk] = _completed(listed[file.pk], recording)
        else:
            listed[file.pk] = recording
    return listed, new


def _take_over(file: ReplayFile, recording: Recording) -> bool:
    """Set what the cloud tells about a file; return whether anything changed."""
    told = {field: getattr(recording, field) or getattr(file, field) for field in TOLD_FIELDS}
    names = _other_names(file, recording)
    wanted = told | {"other_names": names, "missing_since": None, "gone_at": None}
    differs = any(getattr(file, field) != value for field, value in wanted.items())
    for field, value in wanted.items():
        setattr(file, field, value)
    return differs


def _other_names(file: ReplayFile, recording: Recording) -> list[str]:
    """Return the further names of a file that takes over a recording; those listed now before earlier ones."""
    own = {_address(recording.url or file.url), recording.video_id or file.video_id}
    listed = _names(recording) - own
    earlier = _names(file) - own - listed if file.pk else set()
    return sorted([*sorted(listed), *sorted(earlier)][:MOST_NAMES])


def _put_aside(file: ReplayFile, at: dt.datetime) -> None:
    """Hide a file that is the same as another one; nobody misses it, so the history does not say that it is gone."""
    if file.gone_at is None:
        file.gone_at = at
        file.save(update_fields=["gone_at"])


def _miss(saved: SavedFiles, file: ReplayFile, at: dt.datetime) -> None:
    if file.gone_at is not None:
        return
    if file.missing_since is None:
        file.missing_since = at
        saved.note(ReplayEventKind.FILE_MISSING, file)
    elif at - file.missing_since >= GONE_AFTER:
        file.gone_at = at
        saved.note(ReplayEventKind.FILE_GONE, file)
    file.save(update_fields=["missing_since", "gone_at"])
