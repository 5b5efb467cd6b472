"""What the replays' pages show, read in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Min, Prefetch, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from accounts.models import User, display_names
from accounts.paging import Pager, pager_of
from accounts.wording import NOTHING, StateWords, size_text
from replays import wording
from replays.enums import ReplayState
from replays.models import Replay, ReplayFile
from replays.wording import Explanation
from schedule.calendar import start_of_day
from schedule.models import Room

# Without a state chosen: what was recorded, or should have been.
LISTED = (
    ReplayState.RECORDING,
    ReplayState.PROCESSING,
    ReplayState.READY,
    ReplayState.FAILED,
)
DAY = dt.timedelta(days=1)
# Room numbers are 64-bit in the database; longer digits are part of a title at most.
LARGEST_ROOM_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty values narrow nothing."""

    q: str = ""
    room_type: int | None = None
    teacher: str = ""
    from_day: dt.date | None = None
    to_day: dt.date | None = None
    state: str = ""

    @property
    def is_empty(self) -> bool:
        return self == Filters()

    def as_query(self) -> dict[str, str]:
        """The filters as an address has them."""
        values = {
            "q": self.q,
            "room_type": self.room_type,
            "teacher": self.teacher,
            "from": self.from_day,
            "to": self.to_day,
            "state": self.state,
        }
        return {name: str(value) for name, value in values.items() if value not in ("", None)}


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """One replay as the list shows it."""

    code: str
    title: str
    room_number: str
    room_type: str
    made_at: dt.datetime | None
    teacher: str
    sizes: str
    state: StateWords
    why: str


@dataclass(frozen=True, slots=True)
class ReplayList:
    rows: tuple[ReplayRow, ...]
    pager: Pager


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file as the detail page shows it; its address is in no page."""

    number: int
    label: str
    file_format: str
    duration: str
    size: str


@dataclass(frozen=True, slots=True)
class TrailStep:
    """What happened on the way to the replay, and from whom it is known."""

    text: str
    at: dt.datetime
    source: str


@dataclass(frozen=True, slots=True)
class ReplayPage:
    """Everything that the page of one replay shows."""

    code: str
    title: str
    shown_at: dt.datetime
    views: str
    downloads: str
    state: StateWords
    state_since: dt.datetime
    explanation: Explanation
    is_ready: bool
    has_failed: bool
    refreshes: bool
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
    files: tuple[FileRow, ...]
    chosen: FileRow | None
    # That a file is not listed by the cloud any more, in words; else empty.
    missing: str
    trail: tuple[TrailStep, ...]


def filtered(replays: QuerySet[Replay], filters: Filters) -> QuerySet[Replay]:
    """The replays that fit, those first that are not ready, then the newest."""
    if filters.q:
        replays = replays.filter(_matching(filters.q))
    if filters.room_type is not None:
        replays = replays.filter(room_type=filters.room_type)
    if filters.teacher:
        replays = replays.filter(teacher__username=filters.teacher)
    if filters.from_day is not None:
        replays = replays.filter(listed_at__gte=start_of_day(filters.from_day))
    if filters.to_day is not None:
        replays = replays.filter(listed_at__lt=start_of_day(filters.to_day + DAY))
    states = [filters.state] if filters.state else LISTED
    return _in_list_order(replays.filter(state__in=states))


def _matching(text: str) -> Q:
    found = Q(title__icontains=text)
    if text.isascii() and text.isdigit() and int(text) <= LARGEST_ROOM_NUMBER:
        found |= Q(room_number=int(text))
    return found


def _in_list_order(replays: QuerySet[Replay]) -> QuerySet[Replay]:
    is_ready = Case(
        When(state=ReplayState.READY, then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return replays.order_by(is_ready, "-listed_at", "-pk")


def replay_list(
    replays: QuerySet[Replay],
    filters: Filters,
    *,
    number: int,
    page_size: int,
    path: str,
    at: dt.datetime,
) -> ReplayList:
    """One page of the replays that fit; a number too far stands for the last page."""
    present = Prefetch(
        "files",
        queryset=ReplayFile.objects.present().only("replay_id", "size_bytes"),
        to_attr="present_files",
    )
    shown = filtered(replays, filters).select_related("teacher", "room").prefetch_related(present)
    page = Paginator(shown, page_size).get_page(number)
    return ReplayList(
        rows=tuple(_row(replay, at) for replay in page.object_list),
        pager=pager_of(page, path=path, query=filters.as_query()),
    )


def _row(replay: Replay, at: dt.datetime) -> ReplayRow:
    files: Sequence[ReplayFile] = replay.present_files  # type: ignore[attr-defined] # prefetched
    return ReplayRow(
        code=replay.code,
        title=replay.title,
        room_number=_room_number(replay),
        room_type=replay.get_room_type_display(),
        made_at=replay.made_at,
        teacher=_name(replay.teacher),
        sizes=wording.sizes_text([file.size_bytes for file in files]),
        state=wording.state_words(replay),
        why=wording.short_reason(replay, at),
    )


def _room_number(replay: Replay) -> str:
    return NOTHING if replay.room_number is None else str(replay.room_number)


def _name(teacher: User | None) -> str:
    return NOTHING if teacher is None else teacher.display_name


def teacher_choices(replays: QuerySet[Replay]) -> list[tuple[str, str]]:
    """Who taught one of these replays: username and name."""
    taught = User.objects.filter(pk__in=replays.values("teacher"))
    return list(taught.order_by("display_name", "pk").values_list("username", "display_name"))


def nth_file(replay: Replay, number: int) -> ReplayFile | None:
    """The n-th of the files that there are, counted from 1."""
    files = list(replay.files.present())
    return files[number - 1] if 1 <= number <= len(files) else None


def replay_page(replay: Replay, *, chosen: int, at: dt.datetime) -> ReplayPage:
    """The page of a replay from `access`, playing the chosen file, else the first."""
    lesson, room = replay.lesson, replay.room
    files = _file_rows(replay)
    return ReplayPage(
        code=replay.code,
        title=replay.title,
        shown_at=replay.made_at or replay.planned_start,
        views=wording.views_text(replay.views),
        downloads=wording.downloads_text(replay.downloads),
        state=wording.state_words(replay),
        state_since=replay.state_since,
        explanation=wording.explain(replay, at),
        is_ready=replay.is_ready,
        has_failed=replay.state == ReplayState.FAILED,
        refreshes=replay.state in {ReplayState.RECORDING, ReplayState.PROCESSING},
        room_number=_room_number(replay),
        room_type=replay.get_room_type_display(),
        teacher=_name(replay.teacher),
        course=lesson.course.name if lesson else "",
        assistants=display_names(lesson.assistants.all()) if lesson else "",
        class_groups="、".join(each.name for each in lesson.class_groups.all()) if lesson else "",
        lesson_code=lesson.code if lesson else "",
        planned_start=replay.planned_start,
        planned_end=replay.planned_end,
        really_started_at=room.real_started_at if room else None,
        really_ended_at=room.real_ended_at if room else None,
        files=files,
        chosen=next((file for file in files if file.number == chosen), files[0] if files else None),
        missing=wording.missing_text(_missing_since(replay), replay, at),
        trail=_trail(replay, room),
    )


def _missing_since(replay: Replay) -> dt.datetime | None:
    """Since when the cloud does not list one of the files that are still there."""
    present = replay.files.filter(gone_at=None)
    since: dt.datetime | None = present.aggregate(since=Min("missing_since"))["since"]
    return since


def _file_rows(replay: Replay) -> tuple[FileRow, ...]:
    if not replay.is_ready:
        return ()
    files = replay.files.present().defer("url")
    return tuple(
        FileRow(
            number=number,
            label=_("Part %(number)s") % {"number": number},
            file_format=file.file_format.upper() or NOTHING,
            duration=wording.duration_text(file.duration_s),
            size=size_text(file.size_bytes),
        )
        for number, file in enumerate(files, start=1)
    )


def _trail(replay: Replay, room: Room | None) -> tuple[TrailStep, ...]:
    found_by = str(replay.get_found_by_display())
    steps = [
        (_("The class began"), room.real_started_at if room else None, ""),
        (_("The class ended"), room.real_ended_at if room else None, ""),
        (_("The recording was found"), replay.found_at, found_by),
    ]
    known = [TrailStep(text, at, source) for text, at, source in steps if at is not None]
    return tuple(sorted(known, key=lambda step: step.at))
