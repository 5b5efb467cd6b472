"""Contents of the page of one replay, read in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from accounts.models import ClassroomIdentity, User, display_names
from classroom.client.transport import sdk_app_id
from edu_platform.lib.formatting import NOTHING, StateWords, size_text
from edu_platform.lib.live_pages import ASKS_EVERY, LivePage, seconds_until
from edu_platform.lib.moments import recent_text
from edu_platform.lib.statements import Statement
from edu_platform.lib.versions import version_of
from replays import wording
from replays.enums import Audience, ReplayState
from replays.models import Progress, Replay, ReplayFile
from replays.models.sessions import title_of
from replays.models.watching import GOES_ON_FROM_S, is_seen
from replays.playback import delivery
from replays.wording import Explanation
from replays.wording import files_and_quantities as file_wording
from schedule.models import class_group_names

# While the cloud still makes the recording.
REFRESHING = frozenset({ReplayState.RECORDING, ReplayState.PROCESSING})
PAGE_REFRESHES_EVERY_S = 30
FOLLOWED = REFRESHING | {ReplayState.EXPECTED}


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file as pages show it; its address is in none of them."""

    number: int
    label: str
    # For a single stream, whose it is; else empty.
    stream: str
    # What else is known of it: that it runs beside another one.
    note: str
    file_format: str
    started_at: dt.datetime | None
    duration: str
    size: str
    is_playlist: bool
    is_signalling: bool
    is_downloadable: bool
    # Where the person stopped; 0 when they begin at the beginning.
    position_s: int
    is_seen: bool


@dataclass(frozen=True, slots=True)
class PlayerFile:
    """The data that the player's script needs of one file."""

    number: int
    label: str
    address: str
    position_s: int
    is_playlist: bool
    is_signalling: bool


@dataclass(frozen=True, slots=True)
class Player:
    """The player of one replay, on the page of a person of the school or of a visitor by a link.

    Below `page` lie `play/` and `download/`. Progress is sent to `progress_address`, else kept in the browser
    under `memory` when that is not empty.
    """

    title: str
    page: str
    files: tuple[FileRow, ...]
    chosen: FileRow | None
    progress_address: str
    memory: str
    # That a file is not listed by the cloud any more, in words; else empty.
    missing: str

    @property
    def next_file(self) -> FileRow | None:
        """The file after the chosen one."""
        if self.chosen is None or self.chosen.number >= len(self.files):
            return None
        return self.files[self.chosen.number]

    @property
    def has_single_file(self) -> bool:
        """Tell whether any of them can be saved."""
        return any(file.is_downloadable for file in self.files)

    @property
    def names_downloads(self) -> bool:
        """Tell whether browsers are told to save a file, instead of playing it."""
        return delivery.names_downloads()

    @property
    def has_playlists(self) -> bool:
        return any(file.is_playlist for file in self.files)

    def script_files(self) -> list[dict[str, object]]:
        """The files as the script reads them."""
        return [
            asdict(
                PlayerFile(
                    number=file.number,
                    label=file.label,
                    address=f"{self.page}play/?file={file.number}",
                    position_s=file.position_s,
                    is_playlist=file.is_playlist,
                    is_signalling=file.is_signalling,
                )
            )
            for file in self.files
        ]


@dataclass(frozen=True, slots=True)
class ReplayPage:
    """Everything that the page of one replay shows beside its player."""

    code: str
    title: str
    shown_at: dt.datetime
    # When its class was held, as people say it.
    held: str
    views: str
    downloads: str
    state: StateWords
    # None: it is still to come.
    state_since: dt.datetime | None
    explanation: Explanation
    is_ready: bool
    has_failed: bool
    # While something is still to come, the page follows its state.
    is_followed: bool
    # Without scripts. None: it stays as it is.
    refreshes_every_s: int | None
    room_number: str
    room_type: str
    teacher: str
    course: str
    assistants: str
    class_groups: str
    lesson_code: str
    planned_start: dt.datetime
    planned_end: dt.datetime
    really_started_at: dt.datetime | None
    really_ended_at: dt.datetime | None


def present_files(replay: Replay) -> list[ReplayFile]:
    """The files that there are, in the order in which pages count them from 1."""
    files = _PRESENT.rows(replay_id=replay.pk)
    for file in files:
        file.replay = replay
    return files


# Players ask for their pieces, and tell every few seconds how far a person has watched.
_PRESENT = Statement(lambda replay_id: ReplayFile.objects.filter(replay=replay_id).present())


def has_single_file(replay: Replay) -> bool:
    """Tell whether any of its files can be saved."""
    return any(file.is_downloadable for file in present_files(replay))


def replay_page(
    replay: Replay, *, at: dt.datetime, audience: Audience = Audience.ANYBODY
) -> ReplayPage:
    """The page of a replay from `access`, explained to its viewer."""
    lesson, room = replay.lesson, replay.room
    return ReplayPage(
        code=replay.code,
        title=title_of(replay),
        shown_at=replay.made_at or replay.planned_start,
        held=recent_text(replay.planned_start, at),
        views=wording.views_text(replay.views),
        downloads=wording.downloads_text(replay.downloads),
        state=wording.state_words(replay),
        state_since=replay.shown_since,
        explanation=wording.explain(replay, at, audience=audience),
        is_ready=replay.is_ready,
        has_failed=replay.state == ReplayState.FAILED,
        is_followed=replay.state in FOLLOWED,
        refreshes_every_s=PAGE_REFRESHES_EVERY_S if replay.state in REFRESHING else None,
        room_number=NOTHING if replay.room_number is None else str(replay.room_number),
        room_type=replay.get_room_type_display(),
        teacher=NOTHING if replay.teacher is None else replay.teacher.display_name,
        course=lesson.course.name if lesson else "",
        assistants=display_names(lesson.assistants.all()) if lesson else "",
        class_groups=class_group_names(lesson.class_groups.all()) if lesson else "",
        lesson_code=lesson.code if lesson else "",
        planned_start=replay.planned_start,
        planned_end=replay.planned_end,
        really_started_at=room.real_started_at if room else None,
        really_ended_at=room.real_ended_at if room else None,
    )


def state_version(replay: Replay, *, at: dt.datetime) -> str:
    """The version of what the page tells of a replay's state, to whomever."""
    explained = [wording.explain(replay, at, audience=audience) for audience in Audience]
    is_over = replay.planned_end <= at
    return version_of(
        replay.state, wording.state_words(replay), replay.state_since, explained, is_over
    )


def live_page_of(replay: Replay, address: str, *, at: dt.datetime) -> LivePage:
    """Return how the page follows the state of a replay that is waited for."""
    planned = [replay.planned_start, replay.planned_end]
    coming = min((each for each in planned if each > at), default=None)
    is_quick = replay.state in REFRESHING
    return LivePage(
        address=address,
        version=state_version(replay, at=at),
        shown_at=at,
        asks_every_s=PAGE_REFRESHES_EVERY_S if is_quick else int(ASKS_EVERY.total_seconds()),
        asks_in_s=None if coming is None else seconds_until(coming, at=at),
    )


def player_of(
    replay: Replay,
    *,
    page: str,
    chosen: int | None,
    at: dt.datetime,
    user: User | None = None,
    progress_address: str = "",
    memory: str = "",
) -> Player:
    """The player of a replay, with the chosen file; without files while none is ready.

    Without a choice: the file that the person watched last, else the first unwatched one.
    """
    files = present_files(replay)
    positions = _positions(user, files)
    names = _names_of_streams(user, files)
    rows = _file_rows(files, positions, names) if replay.is_ready else ()
    number = _goes_on_with(rows, files, positions) if chosen is None else chosen
    return Player(
        title=title_of(replay),
        page=page,
        files=rows,
        chosen=next((row for row in rows if row.number == number), rows[0] if rows else None),
        progress_address=progress_address,
        memory=memory,
        missing=wording.missing_text(_missing_since(files), replay, at),
    )


def _positions(user: User | None, files: Sequence[ReplayFile]) -> dict[int, Progress]:
    """Return how far a person has watched these files, by the file's key."""
    if user is None or not files:
        return {}
    places = _PLACES.rows(user_id=user.pk, file_ids=[file.pk for file in files])
    return {place.file_id: place for place in places}


_PLACES = Statement(
    lambda user_id, file_ids: Progress.objects.filter(user=user_id, file__pk__in=file_ids)
)


def _names_of_streams(user: User | None, files: Sequence[ReplayFile]) -> dict[str, str]:
    """Name the people whom single streams show, by the cloud's UserId: for people of the school, not for visitors."""
    user_ids = {file.stream_of for file in files if file.stream_of}
    if user is None or not user_ids:
        return {}
    known = ClassroomIdentity.objects.of_app(sdk_app_id()).filter(classroom_user_id__in=user_ids)
    return {each.classroom_user_id: each.user.display_name for each in known.select_related("user")}


def _goes_on_with(
    rows: Sequence[FileRow], files: Sequence[ReplayFile], positions: Mapping[int, Progress]
) -> int:
    """The number of the file that a person watched last, else of the first unwatched one."""
    begun = [
        (positions[file.pk].updated_at, row.number)
        for row, file in zip(rows, files, strict=False)
        if row.position_s
    ]
    if begun:
        return max(begun)[1]
    return next((row.number for row in rows if not row.is_seen), 1)


def _missing_since(files: Sequence[ReplayFile]) -> dt.datetime | None:
    """Return since when the cloud does not list one of the files that are still there."""
    return min((file.missing_since for file in files if file.missing_since), default=None)


def _file_rows(
    files: Sequence[ReplayFile], positions: Mapping[int, Progress], names: Mapping[str, str]
) -> tuple[FileRow, ...]:
    rows = []
    for number, file in enumerate(files, start=1):
        position_s = positions[file.pk].position_s if file.pk in positions else 0
        has_seen = is_seen(position_s, file.duration_s)
        rows.append(
            FileRow(
                number=number,
                label=file_wording.part_text(number),
                stream=_stream(file, names),
                note=_note(file, files[: number - 1]),
                file_format=_format(file),
                started_at=file.started_at,
                duration=wording.duration_text(file.duration_s),
                size=size_text(file.size_bytes),
                is_playlist=file.is_playlist,
                is_signalling=file.is_signalling,
                is_downloadable=file.is_downloadable,
                position_s=position_s if position_s >= GOES_ON_FROM_S and not has_seen else 0,
                is_seen=has_seen,
            )
        )
    return tuple(rows)


def _format(file: ReplayFile) -> str:
    return (
        file_wording.signalling_text()
        if file.is_signalling
        else file.file_format.upper() or NOTHING
    )


def _stream(file: ReplayFile, names: Mapping[str, str]) -> str:
    return file_wording.stream_text(names.get(file.stream_of, "")) if file.stream_of else ""


def _note(file: ReplayFile, earlier: Sequence[ReplayFile]) -> str:
    """The note that a file overlaps an earlier one, as single streams and merged recordings do."""
    for number, other in enumerate(earlier, start=1):
        if overlap(file, other):
            return file_wording.beside_text(number)
    return ""


class Recorded(Protocol):
    """A file, as much as is asked of when it was recorded."""

    @property
    def started_at(self) -> dt.datetime | None: ...
    @property
    def stopped_at(self) -> dt.datetime | None: ...


def overlap(one: Recorded, other: Recorded) -> bool:
    """Tell whether two files show the same minutes of a class."""
    if not (one.started_at and one.stopped_at and other.started_at and other.stopped_at):
        return False
    return one.started_at < other.stopped_at and other.started_at < one.stopped_at
