"""The history of a replay for its page: recorded events, and what lesson, room and polling add."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from classroom.enums import Source
from classroom.selectors import RECORD_FINISHED, KeptCall, kept_calls
from replays.enums import FAULT, ReplayReason, StepKind
from replays.models import Replay, ReplayEvent
from replays.wording import history as words
from schedule.enums import CloudStatus

# No recording was expected, so no callback either.
UNRECORDED = frozenset({ReplayReason.NOT_RECORDED, ReplayReason.STORAGE_FULL})
# Each of them starts a new period: the cloud is silent, refuses, or answers.
OF_ANSWERS = frozenset({StepKind.SILENT, StepKind.REFUSED, StepKind.ANSWERS})
# Nobody was kept waiting by a shorter one.
SHORTEST_SILENCE = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class TrailStep:
    """One line of the history, and its source."""

    text: str
    at: dt.datetime
    source: str


@dataclass(frozen=True, slots=True)
class Trail:
    """The lines in order of time, and remarks beside them."""

    steps: tuple[TrailStep, ...]
    remarks: tuple[str, ...]


def trail_of(replay: Replay, *, at: dt.datetime) -> Trail:
    """The history of a replay from `access`, read in two queries.

    For those who look after it: it names people.
    """
    steps = list(replay.steps.select_related("person").order_by("at", "pk"))
    number = replay.room_number
    calls = {} if number is None else kept_calls(number, words.CALLS)
    told = [
        *_of_class(replay, at),
        *_noted(steps, at),
        *_of_inbox(steps, calls),
        *_of_before(replay, steps),
    ]
    return Trail(
        steps=tuple(sorted(told, key=lambda step: step.at)),
        remarks=tuple(
            text for text in (_uncalled(replay, steps, calls), words.asked_text(replay, at)) if text
        ),
    )


def _of_class(replay: Replay, at: dt.datetime) -> Iterator[TrailStep]:
    """When the class was held, and when the cloud could not be asked."""
    room = replay.room
    if room is None:
        return
    if room.real_started_at is not None:
        yield TrailStep(_("The class began"), room.real_started_at, "")
    if room.real_ended_at is not None:
        yield TrailStep(_("The class ended"), room.real_ended_at, "")
    if room.unanswered_since is not None and replay.is_waiting:
        yield TrailStep(words.silence_text(None, at), room.unanswered_since, "")
    began_at, ended_at = room.silence_began_at, room.silence_ended_at
    if began_at is not None and ended_at is not None and ended_at - began_at >= SHORTEST_SILENCE:
        yield TrailStep(words.silence_text(ended_at, at), began_at, "")


def _noted(steps: Sequence[ReplayEvent], at: dt.datetime) -> Iterator[TrailStep]:
    for position, step in enumerate(steps):
        if step.kind == StepKind.ANSWERS and _is_told_with_silence(steps, position):
            continue
        if step.kind == StepKind.SILENT:
            until, is_fault = _end_of_silence(steps, position), step.detail == FAULT
            text = words.silence_text(until, at, is_fault=is_fault)
        else:
            text = words.step_text(step)
        if text:
            yield TrailStep(text, step.at, _source(step))


def _end_of_silence(steps: Sequence[ReplayEvent], position: int) -> dt.datetime | None:
    """When the cloud answered again, or refused to, or something else was the matter; None before."""
    later = steps[position + 1 :]
    return next((step.at for step in later if step.kind in OF_ANSWERS), None)


def _is_told_with_silence(steps: Sequence[ReplayEvent], position: int) -> bool:
    before = (step.kind for step in reversed(steps[:position]))
    return next((kind for kind in before if kind in OF_ANSWERS), None) == StepKind.SILENT


def _of_inbox(steps: Sequence[ReplayEvent], calls: Mapping[str, KeptCall]) -> Iterator[TrailStep]:
    """Callbacks that no event mentions: mostly not processed yet."""
    noted = {step.detail for step in steps if step.kind == StepKind.CALLBACK}
    for event_type, call in calls.items():
        if event_type not in noted:
            text = words.call_text(event_type, is_waiting=call.is_waiting)
            yield TrailStep(text, call.received_at, "")


def _source(step: ReplayEvent) -> str:
    """The source of an event, where its text does not name it."""
    if step.kind not in {StepKind.NOTHING_YET, *words.OF_FILES}:
        return ""
    return str(words.ASKED[Source(step.source)]) if step.source else ""


def _of_before(replay: Replay, steps: Sequence[ReplayEvent]) -> Iterator[TrailStep]:
    """A found recording without an event: it is older than the history."""
    is_noted = any(step.kind == StepKind.FILE_FOUND for step in steps)
    if replay.found_at is not None and not is_noted:
        source = str(replay.get_found_by_display())
        yield TrailStep(_("The recording was found"), replay.found_at, source)


def _uncalled(replay: Replay, steps: Sequence[ReplayEvent], calls: Mapping[str, KeptCall]) -> str:
    """That no callback told of the recording of a class that has ended."""
    has_ended = replay.room is not None and replay.room.cloud_status == CloudStatus.ENDED
    if not has_ended or replay.reason in UNRECORDED:
        return ""
    called = {step.detail for step in steps if step.kind == StepKind.CALLBACK} | set(calls)
    is_noted = any(step.kind == StepKind.FILE_FOUND for step in steps)
    if RECORD_FINISHED in called or (replay.found_at is not None and not is_noted):
        return ""
    return words.uncalled_text(is_found=is_noted)
