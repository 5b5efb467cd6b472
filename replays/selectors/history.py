"""The history of a replay for its page: recorded events, and what lesson, room and polling add."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from classroom.enums import Source
from classroom.selectors import RECORD_FINISHED, KeptCall, kept_calls
from edu_platform.lib.statements import Statement
from replays.enums import FAULT, ReplayEventKind, ReplayReason
from replays.models import Replay, ReplayEvent
from replays.wording import history as words
from schedule.enums import CloudStatus

# No recording was expected, so no callback either.
UNRECORDED = frozenset({ReplayReason.NOT_RECORDED, ReplayReason.STORAGE_FULL})
# Each of them starts a new period: the cloud is silent, refuses, or answers.
OF_ANSWERS = frozenset({ReplayEventKind.SILENT, ReplayEventKind.REFUSED, ReplayEventKind.ANSWERS})
# Nobody was kept waiting by a shorter one.
SHORTEST_SILENCE = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the history, and its source."""

    text: str
    at: dt.datetime
    source: str


@dataclass(frozen=True, slots=True)
class History:
    """The lines in order of time, and remarks beside them."""

    entries: tuple[HistoryEntry, ...]
    remarks: tuple[str, ...]


def history_of(replay: Replay, *, at: dt.datetime) -> History:
    """The history of a replay from `access`, read in two queries.

    For those who look after it: it names people.
    """
    events = _STEPS.rows(replay_id=replay.pk)
    number = replay.room_number
    calls = {} if number is None else kept_calls(number, words.CALLS)
    told = [
        *_of_class(replay, at),
        *_noted(events, at),
        *_of_inbox(events, calls),
        *_of_before(replay, events),
    ]
    return History(
        entries=tuple(sorted(told, key=lambda event: event.at)),
        remarks=tuple(
            text
            for text in (_uncalled(replay, events, calls), words.asked_text(replay, at))
            if text
        ),
    )


_STEPS = Statement(
    lambda replay_id: (
        ReplayEvent.objects.filter(replay=replay_id).select_related("person").order_by("at", "pk")
    )
)


def _of_class(replay: Replay, at: dt.datetime) -> Iterator[HistoryEntry]:
    """Yield when the class was held, and when the cloud could not be asked."""
    room = replay.room
    if room is None:
        return
    if room.real_started_at is not None:
        yield HistoryEntry(_("The class began"), room.real_started_at, "")
    if room.real_ended_at is not None:
        yield HistoryEntry(_("The class ended"), room.real_ended_at, "")
    if room.unanswered_since is not None and replay.is_waiting:
        yield HistoryEntry(words.silence_text(None, at), room.unanswered_since, "")
    began_at, ended_at = room.silence_began_at, room.silence_ended_at
    if began_at is not None and ended_at is not None and ended_at - began_at >= SHORTEST_SILENCE:
        yield HistoryEntry(words.silence_text(ended_at, at), began_at, "")


def _noted(events: Sequence[ReplayEvent], at: dt.datetime) -> Iterator[HistoryEntry]:
    for position, event in enumerate(events):
        if event.kind == ReplayEventKind.ANSWERS and _is_told_with_silence(events, position):
            continue
        if event.kind == ReplayEventKind.SILENT:
            until, is_fault = _end_of_silence(events, position), event.detail == FAULT
            text = words.silence_text(until, at, is_fault=is_fault)
        else:
            text = words.event_text(event)
        if text:
            yield HistoryEntry(text, event.at, _source(event))


def _end_of_silence(events: Sequence[ReplayEvent], position: int) -> dt.datetime | None:
    """Return when the cloud answered again, or refused to, or something else was the matter; None before."""
    later = events[position + 1 :]
    return next((event.at for event in later if event.kind in OF_ANSWERS), None)


def _is_told_with_silence(events: Sequence[ReplayEvent], position: int) -> bool:
    before = (event.kind for event in reversed(events[:position]))
    return next((kind for kind in before if kind in OF_ANSWERS), None) == ReplayEventKind.SILENT


def _of_inbox(
    events: Sequence[ReplayEvent], calls: Mapping[str, KeptCall]
) -> Iterator[HistoryEntry]:
    """Callbacks that no event mentions: mostly not processed yet."""
    noted = {event.detail for event in events if event.kind == ReplayEventKind.CALLBACK}
    for event_type, call in calls.items():
        if event_type not in noted:
            text = words.call_text(event_type, is_waiting=call.is_waiting)
            yield HistoryEntry(text, call.received_at, "")


def _source(event: ReplayEvent) -> str:
    """The source of an event, where its text does not name it."""
    if event.kind not in {ReplayEventKind.NOTHING_YET, *words.OF_FILES}:
        return ""
    return str(words.ASKED[Source(event.source)]) if event.source else ""


def _of_before(replay: Replay, events: Sequence[ReplayEvent]) -> Iterator[HistoryEntry]:
    """A found recording without an event: it is older than the history."""
    is_noted = any(event.kind == ReplayEventKind.FILE_FOUND for event in events)
    if replay.found_at is not None and not is_noted:
        source = str(replay.get_found_by_display())
        yield HistoryEntry(_("The recording was found"), replay.found_at, source)


def _uncalled(replay: Replay, events: Sequence[ReplayEvent], calls: Mapping[str, KeptCall]) -> str:
    """The remark that no callback told of the recording of an ended class."""
    has_ended = replay.room is not None and replay.room.cloud_status == CloudStatus.ENDED
    if not has_ended or replay.reason in UNRECORDED:
        return ""
    called = {event.detail for event in events if event.kind == ReplayEventKind.CALLBACK} | set(
        calls
    )
    is_noted = any(event.kind == ReplayEventKind.FILE_FOUND for event in events)
    if RECORD_FINISHED in called or (replay.found_at is not None and not is_noted):
        return ""
    return words.uncalled_text(is_found=is_noted)
